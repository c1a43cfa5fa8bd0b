import { expect, test } from 'vitest';
import type { ColumnValues } from '../../../src/codec/batch.ts';
import { GatheredRows } from '../../../src/table/batch/gathered-rows.ts';

const values: ColumnValues = { kind: 'texts', values: ['a', 'b'] };

function columnOf(rows: readonly number[], rowCount: number) {
  const gathered = new GatheredRows();
  for (const row of rows) gathered.push(row);
  return gathered.column(7, rowCount, () => values);
}

test('a column says which rows have it, unless all do', () => {
  expect(columnOf([0, 2], 4)).toEqual([{ number: 7, present: Uint8Array.of(1, 0, 1, 0), values }]);
  expect(columnOf([0, 1], 2)).toEqual([{ number: 7, present: undefined, values }]);
});

test('a column that no row has is none', () => {
  expect(columnOf([], 4)).toEqual([]);
  expect(columnOf([], 0)).toEqual([]);
});
