import { describe, expect, test } from 'vitest';
import type { ByteWriter } from '../../src/base/bytes.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import {
  type Batch,
  type BatchColumn,
  type ColumnValues,
  countOf,
  depthMax,
  readBatch,
  writeBatch,
} from '../../src/codec/batch.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { Plan } from '../../src/codec/plan.ts';

const integers = (...values: number[]): ColumnValues => ({
  ...{ kind: 'integers', values: Float64Array.from(values) },
});

function framesOf(batch: Batch): Uint8Array[] {
  const out = new BlockWriter();
  writeBatch(out, batch, new Plan('fast'));
  return out.frames().map(({ bytes }) => bytes);
}

function framesWith(write: (head: ByteWriter) => void): Uint8Array[] {
  const out = new BlockWriter();
  write(out.head);
  return out.frames().map(({ bytes }) => bytes);
}

function read(frames: readonly Uint8Array[], { rowsMax = 1_000, valuesMax = 1_000 } = {}): Batch {
  const reader = new BlockReader(frames, valuesMax);
  const batch = readBatch(reader, rowsMax);
  reader.end();
  return batch;
}

function batchOf(rowCount: number, ...columns: [number, ColumnValues, number[]?][]): Batch {
  return {
    rowCount,
    columns: columns.map(([number, values, present]): BatchColumn => {
      return { number, present: present && Uint8Array.from(present), values };
    }),
  };
}

function refusal(batch: Batch, max: Parameters<typeof read>[1] = {}): string {
  const frames = framesOf(batch);
  try {
    read(frames, max);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    expect([error.code, error.reason]).toEqual([Code.dataLoss, 'MALFORMED_BYTES']);
    return error.message;
  }
  return 'none';
}

describe('[P16] a batch comes out of its frames as it went in', () => {
  const lists: ColumnValues = {
    ...{ kind: 'list', lengths: Float64Array.of(2, 0, 1), items: integers(7, 8, 9) },
  };

  const coded = (count: number): ColumnValues => ({
    ...{ kind: 'coded', count, codec: 'acme.polyline', bytes: Uint8Array.of(1, 2, count) },
  });

  test.each<[string, Batch]>([
    ['without rows', batchOf(0)],
    ['without columns', batchOf(5)],
    [
      'of values of every kind',
      {
        rowCount: 3,
        columns: [
          ...batchOf(3, [1, integers(1, -2, 3)], [2, integers(5), [0, 1, 0]]).columns,
          ...batchOf(3, [3, { kind: 'longs', values: BigInt64Array.of(1n, -1n, 2n ** 62n) }])
            .columns,
          ...batchOf(3, [4, { kind: 'floats', values: Float64Array.of(-0, 0.5, Number.NaN) }])
            .columns,
          ...batchOf(3, [5, { kind: 'texts', values: ['a', '', 'é'] }]).columns,
          ...batchOf(3, [
            6,
            { kind: 'bytes', values: [Uint8Array.of(1), Uint8Array.of()] },
            [1, 0, 1],
          ]).columns,
          ...batchOf(3, [7, lists], [2 ** 31, lists]).columns,
          ...batchOf(3, [2 ** 31 + 1, coded(2), [1, 0, 1]], [2 ** 31 + 2, coded(3)]).columns,
        ],
      },
    ],
    [
      'of messages within lists',
      batchOf(2, [
        1,
        {
          kind: 'list',
          lengths: Float64Array.of(1, 2),
          items: {
            kind: 'group',
            count: 3,
            columns: batchOf(3, [4, integers(1), [0, 0, 1]]).columns,
          },
        },
      ]),
    ],
  ])('%s', (_what, batch) => {
    const back = read(framesOf(batch));
    expect(JSON.stringify(back, printed)).toBe(JSON.stringify(batch, printed));
  });

  function printed(key: string, value: unknown): unknown {
    if (key === 'rowCount' || typeof value === 'bigint') return String(value);
    if (Object.is(value, -0)) return '-0';
    return ArrayBuffer.isView(value) ? Array.from(value as never) : value;
  }

  test('a column has as many values as its kind says', () => {
    expect(countOf(integers(1, 2))).toBe(2);
    expect(countOf(lists)).toBe(3);
    expect(countOf({ kind: 'group', count: 4, columns: [] })).toBe(4);
    expect(countOf(coded(4))).toBe(4);
  });
});

test('a batch whose columns do not ascend is not written', () => {
  for (const numbers of [[2, 1], [2, 2], [0]]) {
    const columns = numbers.map((number): [number, ColumnValues] => [number, integers(1)]);
    expect(() => framesOf(batchOf(1, ...columns))).toThrow('the numbers of columns ascend');
  }
});

test('a column whose value is the same in all rows takes a few bytes', () => {
  const rowCount = 1_000;
  const same = new Float64Array(rowCount).fill(5);
  const batch = batchOf(
    rowCount,
    [1, { kind: 'integers', values: same }],
    [2, { kind: 'longs', values: new BigInt64Array(rowCount).fill(5n) }],
    [3, { kind: 'floats', values: same }],
    [4, { kind: 'texts', values: new Array<string>(rowCount).fill('a') }],
    [9, { kind: 'bytes', values: new Array<Uint8Array>(rowCount).fill(Uint8Array.of(1)) }],
  );
  // The number of a column with its kind, its codec, the value; an exponent; an exponent and that no value is odd; a length.
  expect(framesOf(batch)[0]!.length - framesOf(batchOf(rowCount))[0]!.length).toBe(
    3 + 5 + 6 + 4 + 4,
  );
});

describe('a batch is refused', () => {
  test('that has too many rows', () => {
    expect(refusal(batchOf(1_000))).toBe('none');
    expect(refusal(batchOf(1_001))).toContain('there are too many rows');
  });

  test('that has too many values, be they messages without fields', () => {
    const list = (count: number): ColumnValues => ({
      kind: 'list',
      lengths: Float64Array.of(count),
      items: { kind: 'group', count, columns: [] },
    });
    // The length of the list is a value, too.
    expect(refusal(batchOf(1, [1, list(999)]))).toBe('none');
    expect(refusal(batchOf(1, [1, list(1_000)]))).toContain('there are too many values');
    expect(refusal(batchOf(1, [1, list(2 ** 50)]))).toContain('there are too many values');
    const coded = (count: number): ColumnValues => ({
      ...{ kind: 'coded', count, codec: 'a', bytes: Uint8Array.of() },
    });
    expect(refusal(batchOf(9, [1, coded(9)]), { valuesMax: 9 })).toBe('none');
    expect(refusal(batchOf(9, [1, coded(9)]), { valuesMax: 8 })).toContain('too many values');
  });

  test('whose columns have no safe numbers', () => {
    const frames = framesWith((out) => {
      // One row, and twenty columns that lie far apart.
      out.varint(1);
      out.varint(20);
      for (let column = 0; column < 20; column++) {
        out.varint(2 ** 53 - 16);
        out.bytes(Uint8Array.of(12, 0));
      }
    });
    expect(() => read(frames)).toThrow('a column has no such number');
  });

  test('that is nested too deep', () => {
    const nested = (depth: number): ColumnValues => ({
      kind: 'group',
      count: 1,
      columns: depth === 1 ? [] : batchOf(1, [1, nested(depth - 1)]).columns,
    });
    expect(refusal(batchOf(1, [1, nested(depthMax)]))).toBe('none');
    expect(refusal(batchOf(1, [1, nested(depthMax + 1)]))).toContain('nested too deep');
  });

  test('in which a value is neither there nor not, or a list has no length', () => {
    expect(refusal(batchOf(2, [1, integers(1), [1, 2]]))).toContain('neither there nor not');
    const list: ColumnValues = { kind: 'list', lengths: Float64Array.of(-1), items: integers() };
    expect(refusal(batchOf(1, [1, list]))).toContain('a list has no length');
  });

  test('of a kind that there is not', () => {
    const list: ColumnValues = {
      ...{ kind: 'list', lengths: Float64Array.of(), items: integers() },
    };
    const frames = framesOf(batchOf(0, [1, list]));
    // Behind the length of the head: no rows, one column, its number with its kind, the kind of its items.
    expect([...frames[0]!]).toEqual([4, 0, 1, 5, 0]);
    frames[0]![4] = 8;
    expect(() => read(frames)).toThrow('there is no such kind');
  });
});
