import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapesColumn } from '../support/schema-tables.ts';
import { blobs, cells } from '../support/schema-values.ts';
import { columnNamed, expectColumn, passing } from './support/column-contract.ts';

test('bytes are a column', () => {
  expectColumn('bytes_value', cells(shapesColumn('bytes_value')));
});

test('records of nested fields are a column, whose empty cells are null', () => {
  const records = blobs.map((bytes) => (bytes.length === 0 ? null : bytes));
  expectColumn('place', fc.oneof(fc.constant(null), records));
});

test('what is handed out is a copy', () => {
  const { column, set } = columnNamed('bytes_value');
  const given = Uint8Array.of(1, 2, 3);
  set(0, given);
  given[0] = 9;
  const got = column.get(0) as Uint8Array;
  got[1] = 9;
  expect(column.get(0)).toEqual(Uint8Array.of(1, 2, 3));
});

test('empty bytes alone take no memory', () => {
  const made = columnNamed('bytes_value');
  made.set(0, new Uint8Array(0));
  expect(made.column.memoryBytes).toBe(0);
  expect(made.column.get(0)).toEqual(new Uint8Array(0));
  expect(made.column.equals(0, null)).toBe(false);
  expect(passing(made, made.column.test('eq', [new Uint8Array(0)]), 0, [0])).toEqual([0]);
  expect(made.column.test('absent', [])).toBeUndefined();
});
