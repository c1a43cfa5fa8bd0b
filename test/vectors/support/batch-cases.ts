/** Batches with columns of all kinds, in each other. */
import type { Batch, BatchColumn, ColumnValues } from '../../../src/codec/batch.ts';
import { byteStrings, floats, integers, longs, made, texts } from './column-case.ts';

export interface BatchCase {
  readonly name: string;
  readonly batch: Batch;
}

function column(number: number, values: ColumnValues, present?: string): BatchColumn {
  return { number, present: present === undefined ? undefined : bits(present), values };
}

function bits(text: string): Uint8Array {
  return Uint8Array.from(text, Number);
}

function list(lengths: readonly number[], items: ColumnValues): ColumnValues {
  return { kind: 'list', lengths: Float64Array.from(lengths), items };
}

function group(count: number, columns: readonly BatchColumn[]): ColumnValues {
  return { kind: 'group', count, columns };
}

/** Messages of a place, of which the second and the fourth have a name. */
const places = (count: number) => {
  const named = made(count, (at) => at % 2);
  return group(count, [
    column(1, floats(made(count, (at) => 53.5 + at / 8))),
    column(3, texts(['pier', 'quay'].slice(0, named.filter(Boolean).length)), named.join('')),
  ]);
};

/** Groups in each other, as deep as columns may be. */
function nested(depth: number): ColumnValues {
  return depth === 0 ? integers([1, 2]) : group(2, [column(1, nested(depth - 1))]);
}

export const batchCases: readonly BatchCase[] = [
  { name: 'no rows, no columns', batch: { rowCount: 0, columns: [] } },
  { name: 'rows without columns', batch: { rowCount: 3, columns: [] } },
  {
    name: 'a column of each kind',
    batch: {
      rowCount: 4,
      columns: [
        column(1, texts(['a', 'b', 'c', 'd'])),
        column(2, integers([1, 0, 1, 1])),
        column(5, longs([1n, -1n, 2n ** 63n - 1n, 0n])),
        column(6, floats([1.5, -0, 2.25, 1e300])),
        column(7, byteStrings([[], [1], [1, 2], [255]])),
        column(300, list([2, 1, 3, 1], integers([1, 2, 3, 4, 5, 6, 7]))),
        column(536_870_911, places(4)),
      ],
    },
  },
  {
    name: 'columns that not all rows have',
    batch: {
      rowCount: 6,
      columns: [
        column(2, integers([5, 6]), '010010'),
        column(3, integers([7, 9]), '010010'),
        column(4, texts([]), '000000'),
        column(9, list([1, 1], places(2)), '100001'),
      ],
    },
  },
  {
    name: 'forms: values, records and unpacked ones',
    batch: {
      rowCount: 3,
      columns: [
        column(70, list([2], integers([-1, 4])), '100'),
        column(70 + 2 ** 29, byteStrings([[0xb2, 4, 1, 1, 0xb2, 4, 1, 2]]), '010'),
        column(70 + 2 ** 30, list([1], integers([7])), '001'),
      ],
    },
  },
  {
    name: 'messages without fields',
    batch: { rowCount: 5, columns: [column(1, group(5, []))] },
  },
  {
    name: 'lists in lists, of nothing too',
    batch: {
      rowCount: 3,
      columns: [column(1, list([2, 0, 1], list([1, 3, 0], texts(['a', 'b', 'c', 'd']))))],
    },
  },
  {
    name: 'groups as deep as they may be',
    batch: { rowCount: 2, columns: [column(1, nested(32))] },
  },
  {
    name: 'columns of more than 256 rows',
    batch: {
      rowCount: 400,
      columns: [
        column(1, integers(made(400, (at) => 100_000 + at * 5 + (at % 3)))),
        column(2, integers(made(400, (at) => 100_060 + at * 5 + ((at * at) % 40)))),
        column(
          3,
          texts(made(133, (at) => `row ${at * at}`)),
          made(400, (at) => at % 3)
            .join('')
            .replaceAll('2', '0'),
        ),
        column(4, floats(made(400, (at) => ((at * 613) % 1_000) / 10))),
      ],
    },
  },
  {
    name: 'a column in a codec of a team',
    batch: {
      rowCount: 3,
      columns: [
        column(
          5 + 3 * 2 ** 29,
          {
            ...{ kind: 'coded', count: 2, codec: 'acme.polyline' },
            bytes: Uint8Array.of(1, 2, 255),
          },
          '101',
        ),
      ],
    },
  },
];
