import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapesColumn } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';
import { columnNamed, expectColumn, passing } from './support/column-contract.ts';

test.each(['at', 'lasts', 'choice_time'])('%s is a column', (name) => {
  expectColumn(name, cells(shapesColumn(name)));
});

test('times within one millisecond are told apart', () => {
  const within = fc.bigInt({ min: -3_000_000n, max: 3_000_000n });
  expectColumn('at', within);
});

test('whole milliseconds cost nothing for what is below them', () => {
  const { column, set } = columnNamed('at');
  for (let slot = 0; slot < 64; slot++) set(slot, BigInt(slot) * 1_000_000n);
  const whole = column.memoryBytes;
  set(9, 9_000_001n);
  expect(column.memoryBytes).toBeGreaterThan(whole);
  expect(column.get(9)).toBe(9_000_001n);
  expect(column.get(10)).toBe(10_000_000n);
});

test('times before 1970 are rounded down, not towards zero', () => {
  const made = columnNamed('at');
  made.set(0, -1n);
  made.set(1, -1_000_000n);
  made.set(2, -1_000_001n);
  expect(made.column.compare(0, 1)).toBeGreaterThan(0);
  expect(made.column.compare(2, 1)).toBeLessThan(0);
  expect(passing(made, made.column.test('lt', [-1_000_000n]), 0, [0, 1, 2])).toEqual([2]);
  expect(passing(made, made.column.test('ge', [-1n]), 0, [0, 1, 2])).toEqual([0]);
});
