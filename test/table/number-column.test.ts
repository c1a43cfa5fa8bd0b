import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapesColumn } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';
import { columnNamed, expectColumn, passing } from './support/column-contract.ts';

test.each([
  'int32_value',
  'sint32_value',
  'sfixed32_value',
  'uint32_value',
  'fixed32_value',
  'float_value',
  'double_value',
  'color',
])('%s is a column', (name) => {
  expectColumn(name, cells(shapesColumn(name)));
});

test('fractions with a few decimals, whole numbers and rare exceptions are one column', () => {
  const decimals = fc.integer({ min: -1_800_000_000, max: 1_800_000_000 }).map((n) => n / 1e7);
  const cell = fc.oneof(
    { weight: 60, arbitrary: decimals },
    { weight: 30, arbitrary: fc.integer({ min: -100, max: 100 }) },
    { weight: 1, arbitrary: fc.constantFrom(-0, Number.NaN, Infinity, 1e300, Math.PI) },
  );
  expectColumn('double_value', cell);
});

test('0 and -0 are told apart as cells and are level in tests', () => {
  const made = columnNamed('double_value');
  made.set(0, 0);
  made.set(1, -0);
  expect(made.column.equals(0, -0)).toBe(false);
  expect(made.column.equals(1, -0)).toBe(true);
  expect(made.column.compare(0, 1)).toBe(0);
  expect(passing(made, made.column.test('eq', [-0]), 0, [0, 1])).toEqual([0, 1]);
  expect(passing(made, made.column.test('lt', [0]), 0, [0, 1])).toEqual([]);
});

test('lists and prefixes are left to whoever asks row by row', () => {
  const { column } = columnNamed('int32_value');
  expect(column.test('in', [1, 2])).toBeUndefined();
  expect(column.test('absent', [])).toBeUndefined();
});
