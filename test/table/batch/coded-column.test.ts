import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../../src/base/errors.ts';
import { maskOf } from '../../../src/base/mask.ts';
import type { Batch } from '../../../src/codec/batch.ts';
import type { Cell, ColumnKind, TableDef } from '../../../src/schema/table-def.ts';
import { batchOfRows } from '../../../src/table/batch/batch-of-rows.ts';
import { batchOfSlots } from '../../../src/table/batch/batch-of-slots.ts';
import { rowsOfBatch } from '../../../src/table/batch/batch-rows.ts';
import { ColumnForm, columnNumber, columnPlace } from '../../../src/table/batch/column-form.ts';
import {
  type FieldValue,
  noTeamCodecs,
  type TeamCodec,
  teamCodecsOf,
} from '../../../src/table/batch/team-codec.ts';
import { createTable } from '../../../src/table/table.ts';
import { tableOf } from '../../support/schema-tables.ts';
import { cellsOf, options, rowsWith } from './support/batch-scene.ts';
import { heights, heightsOf, lineOf, polyline, trackTable } from './support/polyline.ts';
import { batchOfFrames, framesOf, throughBlock } from './support/through-block.ts';

const codecs = teamCodecsOf([polyline, heights]);
/** Rows of tracks with these lines. */
const tracks = (...lines: Cell[]) => rowsWith(trackTable, 'line', lines);
const walks = [lineOf(1_000_000, -7, 1_000_003, -9, 1_000_001, -9), lineOf(5, 5)];

/** In which form each column stands. */
function formsOf({ columns }: Batch): string[] {
  return columns.map(({ number, values }) => {
    const { field, form } = columnPlace(number);
    return `${field}/${form} ${values.kind}`;
  });
}

/** A table of one column of this type beside the key, and a codec that keeps its values, as they are, beside itself. */
function keeping(type: string, change: (values: readonly FieldValue[]) => unknown = (all) => all) {
  let kept: readonly FieldValue[] = [];
  const codec: TeamCodec = {
    name: 'kept',
    encode: (values) => {
      kept = values;
      return Uint8Array.of(7);
    },
    decode: () => change(kept) as readonly FieldValue[],
  };
  const options = { codec: 'kept' };
  return {
    def: tableOf({ 1: 'id: string', 2: { name: 'v', type, options } }),
    codecs: teamCodecsOf([codec]),
  };
}

describe('[P16] a column whose codec both have', () => {
  const numbers = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 20 });
  const rows = fc.array(
    fc.record({ line: numbers, list: numbers, isOdd: fc.boolean(), names: fc.subarray([0, 1, 2]) }),
    { maxLength: 30 },
  );

  test('comes back as it was, whatever the rows, and whoever does not fit the codec', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), (all, patched) => {
        const cells = all.map(({ line, list, isOdd }, at): Cell[] => {
          const bytes = lineOf(...line);
          const records = heightsOf(...list);
          const fit = isOdd && at % 7 === 6 ? bytes.subarray(1) : bytes;
          return [`t${at}`, fit, records.length === 0 ? null : records, ''];
        });
        const masks = patched ? all.map(({ names }) => maskOf(4, names)) : undefined;
        const batch = throughBlock(batchOfRows(trackTable, cells, masks, codecs));
        const back = cellsOf(trackTable, batch, { codecs, ...(masks && { masks }) });
        const plain = batchOfRows(trackTable, cells, masks);
        expect(back).toEqual(cellsOf(trackTable, plain, masks && { masks }));

        const table = createTable(trackTable);
        const slots = cells.map((row) => table.add(String(row[0]), row));
        expect(batchOfSlots(table, slots, masks, codecs)).toEqual(
          batchOfRows(trackTable, cells, masks, codecs),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('stands as the codec writes it, all others as they do', () => {
    const rows = tracks(...walks, new Uint8Array(0));
    const batch = batchOfRows(trackTable, rows, undefined, codecs);
    expect(formsOf(batch)).toEqual(['2/3 coded']);
    expect(batch.columns[0]!.values).toMatchObject({ codec: 'acme.polyline', count: 3 });
    expect(formsOf(batchOfRows(trackTable, rows))).toEqual(['2/0 bytes']);
    const others = teamCodecsOf([heights]);
    expect(formsOf(batchOfRows(trackTable, rows, undefined, others))).toEqual(['2/0 bytes']);
  });

  test('is left out where all rows have its default', () => {
    const empty = new Uint8Array(0);
    expect(batchOfRows(trackTable, tracks(empty, empty), undefined, codecs).columns).toEqual([]);
  });

  test.each<[ColumnKind, string, FieldValue[]]>([
    ['bool', 'bool', [true, false]],
    ['int32', 'int32', [-5, 2 ** 31 - 1]],
    ['uint32', 'uint32', [2 ** 32 - 1]],
    ['enum', 'enum t.E', [1, 0]],
    ['int64', 'int64', [-(2n ** 63n)]],
    ['uint64', 'uint64', [2n ** 64n - 1n]],
    ['float', 'float', [0.5, -0, Number.NaN]],
    ['double', 'double', [0.1, Number.NaN, Infinity]],
    ['string', 'string', ['é', '']],
    ['bytes', 'bytes', [Uint8Array.of(1, 2)]],
    ['time', 'google.protobuf.Timestamp', [-1n]],
    ['wire', 'google.protobuf.Struct', [Uint8Array.of(0x12, 0)]],
  ])('may be of %s', (kind, type, values) => {
    const { def, codecs } = keeping(type);
    expect(def.columns[1]!.kind).toBe(kind);
    const batch = throughBlock(batchOfRows(def, rowsWith(def, 'v', values), undefined, codecs));
    expect(formsOf(batch)).toEqual(['2/3 coded']);
    expect(cellsOf(def, batch, { codecs }).map((row) => row[1])).toEqual(values);
  });
});

describe('a codec that does not do what it should is not used', () => {
  const lying: [string, Partial<TeamCodec<Uint8Array>>, string][] = [
    ['throws as it writes', { encode: () => fail() }, 'no'],
    ['throws as it reads', { decode: () => fail() }, 'no'],
    ['writes no bytes', { encode: () => 'text' as never }, 'are no bytes'],
    ['writes later', { encode: (async () => new Uint8Array(1)) as never }, 'are no bytes'],
    [
      'takes more than the values',
      { encode: () => new Uint8Array(2 * 8 + 24 + 8 + 1) },
      'it takes 49 bytes; 48 are allowed',
    ],
    [
      'gives too few',
      { decode: (bytes, count) => polyline.decode(bytes, count).slice(1) },
      'no list of 2 values',
    ],
    ['gives no list', { decode: () => ({ length: 2 }) as never }, 'no list of 2 values'],
    [
      'gives others',
      { decode: (bytes, count) => [...polyline.decode(bytes, count)].reverse() },
      'does not give the same values again',
    ],
    [
      'gives arrays of another kind',
      { decode: (bytes, count) => polyline.decode(bytes, count).map((each) => [...each]) as never },
      'must be bytes',
    ],
    ['gives nothing for one', { decode: () => [walks[0]!, null as never] }, 'no values of bytes'],
    ['gives holes', { decode: () => new Array(2) }, 'must be bytes'],
    [
      'changes what it was given',
      {
        encode: (lines) => {
          for (const line of lines) line.fill(9);
          return polyline.encode(lines);
        },
      },
      'does not give the same values again',
    ],
  ];

  test.each(lying)('one that %s', (_what, wrong, problem) => {
    const told: string[] = [];
    const onUnfit = (field: string, cause: unknown) => {
      told.push(`${field}: ${(cause as Error).message}`);
      throw cause;
    };
    const codecs = teamCodecsOf([{ ...polyline, ...wrong, onUnfit }]);
    const rows = tracks(...walks);
    const batch = batchOfRows(trackTable, rows, undefined, codecs);
    expect(formsOf(batch)).toEqual(['2/0 bytes']);
    expect(cellsOf(trackTable, throughBlock(batch))).toEqual(tracks(...walks));
    expect(told).toEqual([expect.stringMatching(/^line: /)]);
    expect(told[0]).toContain(problem);
  });

  test('one that takes as many bytes as it may is', () => {
    const padded: TeamCodec<Uint8Array> = {
      ...polyline,
      encode: (lines) => {
        const bytes = new Uint8Array(2 * 8 + 24 + 8);
        bytes.set(polyline.encode(lines));
        return bytes;
      },
    };
    const batch = batchOfRows(trackTable, tracks(...walks), undefined, teamCodecsOf([padded]));
    expect(formsOf(batch)).toEqual(['2/3 coded']);
  });

  test.each<[string, unknown]>([
    ['float', 0.1],
    ['int32', 2 ** 31],
    ['uint32', -1],
    ['string', '\ud800'],
    ['google.protobuf.Timestamp', 2n ** 63n],
    ['google.protobuf.Struct', Uint8Array.of(0x1a, 0)],
    ['google.protobuf.Struct', new Uint8Array(0)],
    ['bytes', 'text'],
    ['bool', 1],
  ])('nor one that gives a %s what it cannot have', (type, value) => {
    const values: Record<string, FieldValue> = {
      ...{ float: 1, int32: 1, uint32: 1, string: 'a', bytes: Uint8Array.of(1), bool: true },
      ...{ 'google.protobuf.Timestamp': 1n, 'google.protobuf.Struct': Uint8Array.of(0x12, 0) },
    };
    const { def, codecs } = keeping(type, () => [value]);
    const batch = batchOfRows(def, rowsWith(def, 'v', [values[type]!]), undefined, codecs);
    expect(formsOf(batch)[0]).toMatch(/^2\/0/);
  });

  test('buffers that a codec uses again stay what they were', () => {
    const buffer = new Uint8Array(100);
    const saving: TeamCodec<Uint8Array> = {
      ...polyline,
      encode: (lines) => {
        const bytes = polyline.encode(lines);
        buffer.set(bytes);
        return buffer.subarray(0, bytes.length);
      },
    };
    const batch = batchOfRows(trackTable, tracks(...walks), undefined, teamCodecsOf([saving]));
    buffer.fill(0);
    expect(cellsOf(trackTable, throughBlock(batch), { codecs })).toEqual(tracks(...walks));
  });
});

describe('a receiver refuses the column, by its name', () => {
  const column = (bytes: Uint8Array, count: number, codec = 'acme.polyline'): Batch => ({
    rowCount: count,
    columns: [
      {
        ...{ number: columnNumber(2, ColumnForm.coded), present: undefined },
        values: { kind: 'coded', count, codec, bytes },
      },
    ],
  });

  function refusal(def: TableDef, batch: Batch, given: Partial<typeof options> = {}): SyncError {
    try {
      rowsOfBatch(def, batch, { ...options, codecs, ...given });
    } catch (error) {
      if (error instanceof SyncError) return error;
      throw error;
    }
    throw new Error('it took it');
  }

  test.each<[string, Batch, Partial<typeof options>, string]>([
    [
      'whose codec it lacks',
      column(Uint8Array.of(0), 1),
      { codecs: noTeamCodecs },
      'was not agreed on',
    ],
    ['of a codec that nobody has', column(Uint8Array.of(0), 1, 'other'), {}, 'was not agreed on'],
    ['that its codec cannot read', column(Uint8Array.of(0x80), 1), {}, 'cannot read it: it throws'],
    [
      'of which there is more than room',
      column(polyline.encode(walks), 2),
      { bytesMax: 31 },
      'longer than a batch may be',
    ],
  ])('%s', (_what, batch, given, problem) => {
    const error = refusal(trackTable, batch, given);
    expect([error.code, error.reason]).toEqual([Code.dataLoss, 'MALFORMED_BYTES']);
    expect(error.message).toContain('column batch: line: ');
    expect(error.message).toContain(problem);
  });

  test('and says what was thrown only as the cause', () => {
    expect(refusal(trackTable, column(Uint8Array.of(0x80), 1)).cause).toEqual(
      new Error('a number does not end'),
    );
  });

  test('and what is read otherwise than it was written', () => {
    const fewer = teamCodecsOf([{ ...polyline, decode: () => [] }]);
    const batch = column(polyline.encode(walks), 2);
    expect(refusal(trackTable, batch, { codecs: fewer }).message).toContain('no list of 2 values');
    const texts = teamCodecsOf([{ ...polyline, decode: () => ['a', 'b'] as never }]);
    expect(refusal(trackTable, batch, { codecs: texts }).message).toContain('must be bytes');
    const nulls = teamCodecsOf([{ ...polyline, decode: () => [null, null] as never }]);
    expect(refusal(trackTable, batch, { codecs: nulls }).message).toContain('no values of bytes');
  });

  test('and what would have to be rounded', () => {
    const { def, codecs } = keeping('float', () => [0.1]);
    const batch = column(Uint8Array.of(7), 1, 'kept');
    expect(refusal(def, batch, { codecs }).message).toContain('no values of float');
  });

  test('but what the codec does with the bytes, or with what it gave, changes nothing', () => {
    const given: Uint8Array[] = [];
    const careless: TeamCodec<Uint8Array> = {
      ...polyline,
      decode: (bytes, count) => {
        given.push(...polyline.decode(bytes, count));
        bytes.fill(0x80);
        return given.slice(-count);
      },
    };
    const batch = column(polyline.encode(walks), 2);
    const all = { ...options, codecs: teamCodecsOf([careless]) };
    for (const rows of [rowsOfBatch(trackTable, batch, all), rowsOfBatch(trackTable, batch, all)]) {
      for (const line of given) line.fill(0);
      expect([rows.cells(0)[1], rows.cells(1)[1]]).toEqual(walks);
    }
  });

  test('of values of another form, and coded ones in any other form', () => {
    const [coded] = column(polyline.encode(walks), 2).columns;
    const plain = { kind: 'bytes', values: walks } as const;
    const wrong = { rowCount: 2, columns: [{ ...coded!, values: plain }] };
    expect(refusal(trackTable, wrong).message).toContain('bytes are of no codec');
    for (const number of [2, 3, 4]) {
      const odd = { rowCount: 2, columns: [{ ...coded!, number }] };
      expect(refusal(trackTable, odd).message).toMatch(/coded are no (values|lists)/);
    }
    for (const form of [ColumnForm.records, ColumnForm.unpacked]) {
      const odd = { rowCount: 2, columns: [{ ...coded!, number: columnNumber(3, form) }] };
      expect(refusal(trackTable, odd).message).toMatch(/coded are no (records|lists)/);
    }
  });

  test('and a row that has it twice', () => {
    const [coded] = column(polyline.encode(walks), 2).columns;
    const plain = {
      number: 2,
      present: undefined,
      values: { kind: 'bytes', values: walks },
    } as const;
    const twice = { rowCount: 2, columns: [plain, coded!] };
    expect(refusal(trackTable, twice).message).toContain('line: a row has two values');
  });
});

test('[P16] whatever the bytes, a block is read, or refused as damaged', () => {
  const rows = rowsWith(
    trackTable,
    'line',
    Array.from({ length: 12 }, (_, at) => lineOf(at, -at)),
  );
  const list = heightsOf(1, 2, 3, 200);
  rows.forEach((row, at) => {
    row[2] = at % 3 === 0 ? null : list;
  });
  const good = framesOf(batchOfRows(trackTable, rows, undefined, codecs));
  fc.assert(
    fc.property(
      fc.nat({ max: good.length - 1 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      (frame, changes) => {
        const frames = good.map((bytes) => bytes.slice());
        const bytes = frames[frame]!;
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          const back = rowsOfBatch(trackTable, batchOfFrames(frames), { ...options, codecs });
          for (let row = 0; row < back.rowCount; row++) back.cells(row);
        } catch (error) {
          expect(error).toBeInstanceOf(SyncError);
          expect((error as SyncError).code).toBe(Code.dataLoss);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

function fail(): never {
  throw new Error('no');
}
