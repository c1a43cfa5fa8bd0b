/** What `syncdb query` writes `syncdb load` reads, and the rows are the same: in each format, with fields of every type. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { sizeDelimitedEncode } from '@bufbuild/protobuf/wire';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Shapes, ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { type LoadOptions, load } from '../../../src/cli/load.ts';
import { type QueryOptions, query } from '../../../src/cli/query.ts';
import { delimitedMessages } from '../../../src/cli/rows/delimited-messages.ts';
import type { FileFormat } from '../../../src/cli/rows/row-format.ts';
import { openDatabase } from '../../../src/server/database.ts';
import { type RunningServer, startServer } from '../../../src/server/server.ts';
import { tempFolders } from '../../log/support/temp-folder.ts';
import { messages, texts } from '../../support/schema-values.ts';
import { remoteOptions, testStreams } from '../support/streams.ts';

const makeFolder = tempFolders();
let server: RunningServer;

beforeAll(async () => {
  const open = (name: string) => openDatabase({ name, schema: [ShapesSchema] });
  const databases = await Promise.all(['from', 'to'].map(open));
  server = await startServer({ databases, address: '127.0.0.1:0' });
});
afterAll(() => server.close());

/** Rows with fields of all types, but for values that have no JSON form and scopes that there cannot be. */
const rows: fc.Arbitrary<Shapes> = fc
  .tuple(
    messages(ShapesSchema) as fc.Arbitrary<Shapes>,
    fc.option(fc.jsonValue(), { nil: undefined }),
    fc.option(fc.subarray(['a', 'b_c', 'd.e']), { nil: undefined }),
    fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
    fc.option(texts, { nil: undefined }),
  )
  .map(([row, anything, paths, tags, text]) => ({
    ...row,
    siteId: 's',
    stringList: tags,
    anything: anything === undefined ? undefined : fromJson(ValueSchema, anything as JsonValue),
    paths:
      paths === undefined ? undefined : { $typeName: 'google.protobuf.FieldMask' as const, paths },
    ...(text === undefined ? {} : { stringValue: text, stringMaybe: text }),
  }))
  .filter((row) => {
    try {
      toJson(ShapesSchema, row);
      return true;
    } catch {
      return false;
    }
  });

let runs = 0;

test.each<FileFormat>(['csv', 'ndjson', 'json', 'binary'])('%s', async (format) => {
  const folder = makeFolder();
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 5 }), async (generated) => {
      const run = `r${runs++}`;
      const given = generated.map((row, index) => ({ ...row, id: `${run}-${index}`, siteId: run }));
      const first = join(folder, `${run}.binpb`);
      writeFileSync(
        first,
        Buffer.concat(given.map((row) => sizeDelimitedEncode(ShapesSchema, row))),
      );
      await loaded('from', first, 'binary');
      const file = join(folder, `${run}.${format}`);
      writeFileSync(file, await queried('from', run, format));
      await loaded('to', file, format);
      const [sent, received] = [await rowsOf('from', run), await rowsOf('to', run)];
      expect(sent.map(({ id }) => id).sort()).toEqual(given.map(({ id }) => id).sort());
      expect(received).toEqual(sent);
    }),
    { numRuns: 40 },
  );
});

async function loaded(database: string, file: string, format: FileFormat): Promise<void> {
  const options: LoadOptions = {
    ...remoteOptions(server.address, database),
    format,
    mode: 'put',
    batch: 3,
  };
  await load('Shapes', [file], options, testStreams(), new AbortController().signal);
}

async function queried(database: string, site: string, format: FileFormat): Promise<Uint8Array> {
  const streams = testStreams();
  const where = [`site_id=${site}`];
  const options: QueryOptions = {
    ...remoteOptions(server.address, database),
    where,
    count: false,
    format,
  };
  await query('Shapes', options, streams);
  return streams.outBytes();
}

async function rowsOf(database: string, site: string): Promise<Shapes[]> {
  const bytes = await queried(database, site, 'binary');
  const found: Shapes[] = [];
  const chunks = async function* () {
    yield bytes;
  };
  for await (const each of delimitedMessages(chunks()))
    found.push(fromBinary(ShapesSchema, each.bytes));
  return found.sort((left, right) => (left.id < right.id ? -1 : 1));
}
