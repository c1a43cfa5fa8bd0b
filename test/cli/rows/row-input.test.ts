import { createRegistry } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InspectionSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { placeText } from '../../../src/cli/rows/input-error.ts';
import type { FileFormat } from '../../../src/cli/rows/row-format.ts';
import { inputRows } from '../../../src/cli/rows/row-input.ts';
import { RowJson } from '../../../src/cli/rows/row-json.ts';
import { chunksOf, gathered } from '../support/chunks.ts';

const json = new RowJson(InspectionSchema, createRegistry());

function read(format: FileFormat, content: string | Uint8Array) {
  const chunks = () => chunksOf<Uint8Array>(Buffer.from(content));
  return gathered(inputRows({ name: 'rows', format, bytes: undefined, chunks }, json));
}

describe('a row that cannot be read has its place, its problem, and how it stood there', () => {
  test.each<[FileFormat, string | Uint8Array, string, RegExp, string]>([
    ['ndjson', '{"id":"a"}\n{"id":\n', 'rows:2', /JSON/, '{"id":'],
    ['ndjson', '{"id":"a"}\n{"visits":"x"}', 'rows:2', /visits.*int32/, '{"visits":"x"}'],
    ['ndjson', '\n{"nothing":1}', 'rows:2', /nothing.* is unknown/, '{"nothing":1}'],
    ['json', '[{"id":"a"},\n5]', 'rows:2', /5/, '5'],
    ['csv', 'id,visits\na,x', 'rows:2', /visits.*int32/, 'a,x'],
    ['csv', 'id,labels\na,x', 'rows:2', /^labels: must be JSON$/, 'a,x'],
    ['csv', 'id,labels\na', 'rows:2', /^has 1 cells, and the head has 2$/, 'a'],
    ['binary', Uint8Array.of(3, 0x0a, 1, 0x61, 2, 0x0a, 5), 'rows, row 2', /./, 'CgU='],
  ])('%s: %j', async (format, content, place, problem, source) => {
    const bad = (await read(format, content)).filter((each) => each.row === undefined);
    expect(bad).toHaveLength(1);
    expect(placeText(bad[0]!.place)).toBe(place);
    expect(bad[0]!.problem).toMatch(problem);
    expect(bad[0]!.source).toBe(source);
  });
});

describe('where nothing behind it can be told it ends, with the place', () => {
  test.each<[FileFormat, string | Uint8Array, string]>([
    [
      'csv',
      'id,colour\n',
      'rows:1: the head names "colour", and test.v1.Inspection has id, station_id',
    ],
    ['csv', 'id,notes,id\n', 'rows:1: the head names id twice'],
    ['csv', 'id\n"a', 'rows:2: Quote Not Closed'],
    ['json', '[{"id":"a"}\n{', 'rows:2: a comma is missing'],
    ['ndjson', Uint8Array.of(0x7b, 0xff), 'rows:1: is not text in UTF-8'],
    ['csv', Uint8Array.of(0x69, 0x64, 0x0a, 0xc3), 'rows:1: is not text in UTF-8'],
    ['binary', Uint8Array.of(1), 'rows, row 1: what begins here has no end'],
  ])('%s: %j', async (format, content, message) => {
    await expect(read(format, content)).rejects.toMatchObject({
      reason: 'BAD_INPUT',
      message: expect.stringContaining(message),
    });
  });
});

test.each<FileFormat>(['json', 'ndjson', 'csv', 'binary'])(
  'any bytes as %s are rows, rows with a problem, or a place where it ends',
  async (format) => {
    const pieces = [
      '{"id":"a"}',
      '[',
      ']',
      ',',
      '"',
      '\\',
      '\n',
      '\r\n',
      'id,visits',
      '1',
      '{',
      '}',
    ];
    const text = fc.array(fc.constantFrom(...pieces)).map((parts) => Buffer.from(parts.join('')));
    const contents = fc.oneof(text, fc.uint8Array({ maxLength: 60 }));
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        try {
          for (const { row, problem } of await read(format, content)) {
            expect(row === undefined).toBe(problem !== undefined);
          }
        } catch (error) {
          expect(error).toMatchObject({ reason: 'BAD_INPUT' });
        }
      }),
      { numRuns: 300 },
    );
  },
);

test('names of fields are those of the proto file or of JSON, and a byte order mark is nothing', async () => {
  const [row] = await read('csv', '\ufeffid,stationId,due\na,s,2024-05-01T12:00:00Z\n');
  expect(row?.row).toMatchObject({ id: 'a', stationId: 's', due: { seconds: 1_714_564_800n } });
});
