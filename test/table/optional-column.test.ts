import { expect, test } from 'vitest';
import { shapesColumn } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';
import { columnNamed, expectColumn, passing } from './support/column-contract.ts';

test.each([
  'string_maybe',
  'int32_maybe',
  'bool_maybe',
  'bytes_maybe',
  'double_maybe',
  'choice_text',
])('%s is a column that may be null', (name) => {
  expectColumn(name, cells(shapesColumn(name)));
});

test('null alone takes no memory for values', () => {
  const { column, set } = columnNamed('int32_maybe');
  for (let slot = 0; slot < 64; slot++) set(slot, null);
  expect(column.memoryBytes).toBe(0);
});

test('a value that null replaces is let go', () => {
  const { column, set } = columnNamed('bytes_maybe');
  for (let slot = 0; slot < 8; slot++) set(slot, new Uint8Array(1000));
  for (let slot = 1; slot < 8; slot++) set(slot, null);
  expect(column.memoryBytes).toBeLessThan(2500);
});

test('null differs from the default and comes before it', () => {
  const made = columnNamed('int32_maybe');
  made.set(0, null);
  made.set(1, 0);
  expect(made.column.equals(0, 0)).toBe(false);
  expect(made.column.equals(1, null)).toBe(false);
  expect(made.column.compare(0, 1)).toBeLessThan(0);
  expect(passing(made, made.column.test('absent', []), 0, [0, 1])).toEqual([0]);
  expect(passing(made, made.column.test('le', [5]), 0, [0, 1])).toEqual([1]);
});

test('a test that the values do not have it does not have either', () => {
  expect(columnNamed('int32_maybe').column.test('in', [1])).toBeUndefined();
});
