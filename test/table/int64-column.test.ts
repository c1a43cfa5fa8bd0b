import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapesColumn } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';
import { columnNamed, expectColumn, passing } from './support/column-contract.ts';

test.each(['int64_value', 'sint64_value', 'sfixed64_value', 'uint64_value', 'fixed64_value'])(
  '%s is a column',
  (name) => {
    expectColumn(name, cells(shapesColumn(name)));
  },
);

test('chunks of safe integers stand beside chunks of larger ones', () => {
  const safe = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });
  const large = fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n });
  expectColumn(
    'uint64_value',
    fc.oneof({ weight: 80, arbitrary: safe }, { weight: 1, arbitrary: large }),
  );
});

test('times in milliseconds that lie within weeks take four bytes', () => {
  const { column, set } = columnNamed('int64_value');
  for (let slot = 0; slot < 64; slot++) set(slot, 1_700_000_000_000n + BigInt(slot) * 30_000_000n);
  expect(column.memoryBytes).toBe(64 * 4);
  set(5, 2n ** 60n);
  expect(column.memoryBytes).toBe(64 * 8);
  expect(column.get(5)).toBe(2n ** 60n);
  expect(column.get(6)).toBe(1_700_180_000_000n);
});

test('a bound that no number can hold exactly is compared exactly', () => {
  const made = columnNamed('int64_value');
  const largest = 2n ** 53n - 1n;
  made.set(0, largest);
  const against = (operator: 'eq' | 'lt' | 'ge', bound: bigint) =>
    passing(made, made.column.test(operator, [bound]), 0, [0]);
  expect(against('eq', 2n ** 53n)).toEqual([]);
  expect(against('lt', 2n ** 53n)).toEqual([0]);
  expect(against('ge', 2n ** 53n + 1n)).toEqual([]);
  expect(against('eq', largest)).toEqual([0]);
  expect(against('ge', -(2n ** 63n))).toEqual([0]);
});

test('lists are left to whoever asks row by row', () => {
  expect(columnNamed('int64_value').column.test('in', [1n])).toBeUndefined();
});
