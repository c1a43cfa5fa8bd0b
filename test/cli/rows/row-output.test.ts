import { create, createRegistry, toBinary } from '@bufbuild/protobuf';
import { sizeDelimitedDecodeStream } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { InspectionSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import type { RowFormat } from '../../../src/cli/rows/row-format.ts';
import { fieldNamed, RowJson } from '../../../src/cli/rows/row-json.ts';
import { createRowOutput } from '../../../src/cli/rows/row-output.ts';
import { testStreams } from '../support/streams.ts';

const rows = [
  create(InspectionSchema, { id: 'a', notes: 'dry, "cold"', visits: 3, labels: ['x', 'y'] }),
  create(InspectionSchema, { id: 'b', temperature: 1.5 }),
].map((row) => ({ key: row.id, bytes: toBinary(InspectionSchema, row) }));

/** Writes each row as a batch of its own. */
async function written(format: RowFormat, names?: string[], of = rows): Promise<Uint8Array> {
  const streams = testStreams();
  const output = createRowOutput({
    format,
    json: new RowJson(InspectionSchema, createRegistry()),
    fields: names?.map((name) => fieldNamed(InspectionSchema, name, 'fields')),
    output: streams.stdout,
  });
  for (const row of of) await output.write([row]);
  await output.end();
  return streams.outBytes();
}

const text = async (...args: Parameters<typeof written>) =>
  new TextDecoder().decode(await written(...args));

test('ndjson is a row a line', async () => {
  expect(await text('ndjson', ['id', 'visits'])).toBe('{"id":"a","visits":3}\n{"id":"b"}\n');
});

test('json is one array, however it comes', async () => {
  expect(JSON.parse(await text('json'))).toEqual([
    { id: 'a', notes: 'dry, "cold"', visits: 3, labels: ['x', 'y'] },
    { id: 'b', temperature: 1.5 },
  ]);
  expect(JSON.parse(await text('json', undefined, []))).toEqual([]);
});

test('csv has a head with the names of the proto file, and the fields in the order asked for', async () => {
  expect(await text('csv', ['labels', 'station_id', 'notes', 'id'])).toBe(
    'labels,station_id,notes,id\n"[""x"",""y""]",,"dry, ""cold""",a\n,,,b\n',
  );
  expect(await text('csv', ['id'], [])).toBe('id\n');
});

test('a table is for people', async () => {
  expect(await text('table', ['id', 'visits', 'labels'])).toBe(
    'id  visits  labels\n──  ──────  ─────────\na        3  ["x","y"]\nb\n',
  );
});

test('binary is each row behind its length, with fields that nobody here knows', async () => {
  const unknown = { key: 'c', bytes: Uint8Array.of(0x0a, 1, 0x63, 0xf8, 0x3f, 5) };
  const bytes = await written('binary', undefined, [...rows, unknown]);
  const found = [];
  for await (const row of sizeDelimitedDecodeStream(InspectionSchema, chunks(bytes))) {
    found.push(toBinary(InspectionSchema, row));
  }
  expect(found).toEqual([...rows, unknown].map((row) => new Uint8Array(row.bytes)));
});

test('binary rows have only the fields that were asked for', async () => {
  const bytes = await written('binary', ['id']);
  expect(bytes).toEqual(Uint8Array.of(3, 0x0a, 1, 0x61, 3, 0x0a, 1, 0x62));
});

async function* chunks(bytes: Uint8Array) {
  yield bytes;
}
