/** Rows of Deltas, of the tables of proto/test/v1/shapes.proto. */
import { create, fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import {
  RecordSchema,
  ShapesSchema,
  SiteSchema,
  type Status,
} from '../../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { maskOf } from '../../../src/base/mask.ts';
import type { RowDelta } from '../../../src/change/row-delta.ts';
import { decodeRow, encodeRow } from '../../../src/schema/row-codec.ts';
import type { TableDef } from '../../../src/schema/table-def.ts';
import { testTable } from '../../support/schema-tables.ts';
import { made } from './column-case.ts';

export interface DeltaCase {
  readonly name: string;
  readonly rows: readonly RowDelta[];
}

const shapes = testTable('Shapes');
const records = testTable('Record');
const sites = testTable('Site');

/** The tables of which they are. */
export const deltaTables: readonly TableDef[] = [records, shapes, sites];

const two = (value: number) => String(value).padStart(2, '0');
const noBytes = new Uint8Array(0);

/** The canonical bytes of a row, or of some of its fields. */
function canonical(def: TableDef, bytes: Uint8Array, fields?: readonly number[]): Uint8Array {
  const { cells } = decodeRow(def, bytes, 0, bytes.length, defaultLimits);
  const indexes = fields?.map((number) => def.columnByNumber.get(number)!.index);
  const out = new ByteWriter();
  encodeRow(def, cells, indexes && maskOf(def.columns.length, indexes), out);
  return out.finish();
}

let rowNumber = 0;

function told(def: TableDef, more: Partial<RowDelta>): RowDelta {
  const number = rowNumber++ % 50;
  return {
    ...{ kind: 'full', table: def.name, number, key: '', version: 2 ** 40 + 1_000 + 3 * number },
    ...{
      stamp: 1_820_000_000_000_000 + 7_168 * number,
      writer: ['phone-1', 'service'][number % 2]!,
    },
    ...{ fields: [], scopes: [''], row: noBytes, ...more },
  };
}

function fullRow(def: TableDef, bytes: Uint8Array, scopes: readonly string[] = ['']): RowDelta {
  return told(def, { scopes, row: canonical(def, bytes) });
}

function patch(def: TableDef, bytes: Uint8Array, fields: readonly number[]): RowDelta {
  return told(def, {
    kind: 'patch',
    fields,
    row: canonical(def, bytes, fields),
    scopes: ['site/HAM', 'tag/ä'],
  });
}

const deleted = (def: TableDef) => told(def, { kind: 'deleted', scopes: [] });
const evicted = (def: TableDef) => {
  return told(def, { kind: 'evicted', scopes: [], stamp: 0, writer: '' });
};

function ownRow(def: TableDef, at: number): RowDelta {
  const own = { counter: 700 + (at >> 1), change: at & 1 };
  return told(def, { kind: 'own', scopes: ['site/HAM'], writer: 'phone-1', own });
}

function record(at: number): Uint8Array {
  return toBinary(
    RecordSchema,
    create(RecordSchema, {
      id: `018f3a5c-${two(at)}00-7000-8000-9c5b9a1e0d${two(at)}`,
      siteId: ['HAM', 'KIE', 'HAM', 'BER'][at % 4]!,
      status: (at % 3) as Status,
      priority: at % 5,
      created: BigInt(1_777_000_000_000 + at * 60_000),
      updated: BigInt(1_777_000_000_250 + at * 61_000),
      latitude: Math.round(53.55e6 + at * 137) / 1e6,
      longitude: 10 + at / 1e6,
      temperature: Math.round(180 + 9 * (at % 7)) / 10,
      title: `Pump ${at} is dry`,
      notes: at % 2 === 0 ? `The pump ${at} was checked. It needs work.` : '',
      done: at % 3 === 0,
      assignee: ['Anna', 'Ben', 'Chloé'][at % 3]!,
    }),
  );
}

function shape(json: JsonObject): Uint8Array {
  return toBinary(ShapesSchema, fromJson(ShapesSchema, json));
}

/** Scalars with and without presence, of which each row has some. */
function scalars(at: number): JsonObject {
  const some = at % 3 !== 1;
  return {
    id: `s${at}`,
    siteId: ['HAM', 'KIE'][at % 2]!,
    boolValue: at % 2 === 0,
    int32Value: at * 1_000 - 5_000,
    sint32Value: -at,
    sfixed32Value: at,
    uint32Value: 4_294_967_295 - at,
    fixed32Value: at * 17,
    int64Value: String(-9_007_199_254_740_993n * BigInt(at)),
    sint64Value: String(at * -60),
    uint64Value: String(18_446_744_073_709_551_615n - BigInt(at)),
    floatValue: at / 10,
    doubleValue: at % 4 === 0 ? 'NaN' : at / 7,
    stringValue: `line ${at}`,
    bytesValue: Buffer.from([at, 255 - at]).toString('base64'),
    color: ['COLOR_RED', 'COLOR_INFRARED', 'COLOR_UNSPECIFIED'][at % 3]!,
    ...(some && { boolMaybe: false, int32Maybe: 0, uint64Maybe: '7', doubleMaybe: -0 }),
    ...(at % 2 === 0 && {
      floatMaybe: '-Infinity',
      stringMaybe: '',
      bytesMaybe: '',
      colorMaybe: 'COLOR_GREEN',
    }),
    ...[
      { choiceText: 'one' },
      { choiceNumber: 0 },
      { choiceTime: '2024-02-29T12:00:00Z' },
      { choicePlace: { name: 'pier' } },
      {},
    ][at % 4],
    farValue: at > 5 ? 'far' : '',
    farthestValue: at * at,
  };
}

function place(at: number): JsonObject {
  return {
    latitude: 53 + at / 4,
    name: ['pier', '', 'quay'][at % 3]!,
    ...(at % 2 === 1 && { parent: { name: 'harbour', labels: { de: 'Hafen' } } }),
    marks: made(at % 4, (mark) => mark - at),
    labels: at % 3 === 0 ? { de: `Kai ${at}`, en: `quay ${at}` } : {},
    parts: made(at % 3, (part) => ({ longitude: part / 8 })),
  };
}

/** Times, messages, lists and maps. */
function messages(at: number): JsonObject {
  return {
    id: `m${at}`,
    ...(at % 4 !== 3 && { at: `2024-05-${two(at + 1)}T08:${two(at)}:00.250Z` }),
    ...(at % 5 === 0 && { lasts: `-${at}.5s` }),
    place: place(at),
    wrapped: ['', 'text'][at % 2]!,
    paths: 'id,siteId',
    int32List: made(at % 4, (item) => item * at),
    sint64List: made((at + 1) % 3, (item) => String(item - 2 ** 40)),
    doubleList: at % 2 === 0 ? [] : [0.5, at],
    floatList: [at / 2],
    boolList: made(at % 3, (item) => item === 0),
    colorList: ['COLOR_RED', 'COLOR_ULTRAVIOLET'],
    stringList: made(at % 4, (item) => `tag ${item % 2}`),
    bytesList: ['', 'AQI='],
    placeList: made(at % 3, place),
    timeList: made(at % 3, (item) => `1969-12-31T23:59:5${item}.999999999Z`),
    unpackedList: made(at % 3, String),
    stringMap: at % 2 === 0 ? { b: 'two', a: `one ${at}` } : {},
    placeMap: { [String(-at)]: place(at + 1) },
    doubleMap: { true: at / 2 },
  };
}

const readings: readonly JsonObject[] = [
  { depth: 12.5, unit: 'm', ok: true },
  { depth: 13, unit: 'm', ok: false },
  { unit: 'm', depth: 9.25 },
  { depth: null, unit: 'ft', ok: true },
];

/** Structs of few shapes, of any, and none; other values. */
function structs(at: number): JsonObject {
  const extra: JsonObject = readings[at % 4]!;
  return {
    id: `x${at}`,
    ...(at % 5 !== 4 && {
      extra:
        at === 7
          ? { once: [1, 'two', { three: {} }] }
          : { ...extra, tags: ['a', at], by: { name: 'Anna', level: at % 2 } },
    }),
    ...(at === 9 && { extra: {} }),
    anything: [null, at, 'text', true, [1, [2]], { a: { b: at } }][at % 6]!,
  };
}

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const key = (at: number) => Uint8Array.of(0x0a, 2, 0x6f, 0x30 + at);

/** What would not come back to the byte from values, and so travels as records or bytes. */
const oddRows: readonly Uint8Array[] = [
  // place: a field that the schema does not know.
  'd202 07 1a0141 9803e707',
  // place: the fields do not ascend.
  'd202 0c 1a0142 09 0000000000000000',
  // place: a number of more bytes than it needs, in a list.
  'd202 05 2a03 820000',
  // place: the name twice.
  'd202 06 1a0143 1a0144',
  // place: another NaN.
  'd202 09 09 010000000000f87f',
  // int32_list: packed in two parts; and not packed.
  'b204 0101 b204 020203',
  'b004 05 b004 06',
  // at: the year 1, which 64 bits of nanoseconds do not hold.
  'c202 0b 088092b8c398feffffff01',
  // time_list: seconds of more bytes than they need.
  'fa04 03 088500',
  // extra: a key twice; a key and no value.
  'da02 1a 0a0b 0a0161 1206 1a0478787878 0a0b 0a0161 1206 1a0479797979',
  'da02 05 0a03 0a0161',
].map((hex, at) => Uint8Array.from([...key(at), ...bytes(hex)]));

const patched = [3, 16, 40, 42, 43, 70, 90];

export const deltaCases: readonly DeltaCase[] = [
  { name: 'no rows', rows: [] },
  {
    name: 'full rows of a table of scalars',
    rows: made(40, (at) =>
      fullRow(records, record(at), [`site/${['HAM', 'KIE', 'HAM', 'BER'][at % 4]}`]),
    ),
  },
  {
    name: 'rows of every kind, of three tables in turn',
    rows: made(30, (at): RowDelta => {
      if (at % 5 === 0)
        return fullRow(
          sites,
          toBinary(SiteSchema, create(SiteSchema, { code: `C${at}`, name: `Site ${at}` })),
          [],
        );
      if (at % 7 === 6) return deleted(at % 2 === 0 ? records : shapes);
      if (at % 9 === 8) return evicted(records);
      if (at % 4 === 1) return patch(records, record(at), [3, 9, 10, 12]);
      if (at % 4 === 3) return patch(shapes, shape({ ...scalars(at), ...messages(at) }), patched);
      return fullRow(records, record(at), ['site/HAM', '']);
    }),
  },
  {
    name: 'rows that are deleted and evicted',
    rows: [deleted(sites), evicted(sites), deleted(sites)],
  },
  {
    name: 'scalars with and without presence',
    rows: made(12, (at) => fullRow(shapes, shape(scalars(at)))),
  },
  {
    name: 'times, messages, lists and maps',
    rows: made(12, (at) => fullRow(shapes, shape(messages(at)))),
  },
  { name: 'Structs and Values', rows: made(40, (at) => fullRow(shapes, shape(structs(at)))) },
  {
    name: 'patches: set, cleared, set to the default',
    rows: made(12, (at) =>
      patch(
        shapes,
        shape({ ...scalars(at), ...messages(at), ...structs(at) }),
        at % 3 === 0 ? [4] : at % 3 === 1 ? patched : [3, 4, 21, 60, 62, 63],
      ),
    ),
  },
  { name: 'what travels as records', rows: oddRows.map((row) => fullRow(shapes, row)) },
  {
    name: 'messages as bytes: nested deeper than twelve, and none of which has its fields in order',
    rows: made(3, (at) => {
      const deep = shape({ id: `d${at}`, place: nestedPlace(11 + 2 * at) });
      return fullRow(
        shapes,
        Uint8Array.from([...deep, ...bytes('f204 0c 1a0142 09 000000000000f83f')]),
      );
    }),
  },
  {
    name: 'own rows, among others',
    rows: made(9, (at) => (at % 4 === 3 ? patch(records, record(at), [4]) : ownRow(records, at))),
  },
];

/** A place in so many others. */
function nestedPlace(depth: number): JsonObject {
  return depth === 0 ? { name: 'inmost' } : { parent: nestedPlace(depth - 1), marks: [depth] };
}
