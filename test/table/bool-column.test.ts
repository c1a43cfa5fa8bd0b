import { expect, test } from 'vitest';
import { shapesColumn } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';
import { columnNamed, expectColumn, passing } from './support/column-contract.ts';

test('booleans are a column', () => {
  expectColumn('bool_value', cells(shapesColumn('bool_value')));
});

test('a chunk without a true one takes no memory, and others one bit a row', () => {
  const made = columnNamed('bool_value');
  for (let slot = 0; slot < 64; slot++) made.set(slot, false);
  expect(made.column.memoryBytes).toBe(0);
  expect(passing(made, made.column.test('eq', [true]))).toEqual([]);
  expect(passing(made, made.column.test('eq', [false]))).toHaveLength(64);
  made.set(3, true);
  expect(made.column.memoryBytes).toBe(8);
  expect(passing(made, made.column.test('eq', [true]))).toEqual([3]);
});

test('order is left to whoever asks row by row', () => {
  expect(columnNamed('bool_value').column.test('lt', [true])).toBeUndefined();
});
