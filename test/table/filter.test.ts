import { describe, expect, test } from 'vitest';
import type { Cell } from '../../src/schema/table-def.ts';
import {
  cellMatches,
  everything,
  matches,
  type Operator,
  orderHolds,
} from '../../src/table/filter.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

function holds(name: string, cell: Cell, op: Operator, ...cells: Cell[]): boolean {
  const column = shapesColumn(name);
  return cellMatches(column, { column: column.index, op, cells }, cell);
}

describe('a comparison', () => {
  test('with an absent cell holds only for ne and absent', () => {
    const operators: Operator[] = [
      'eq',
      'ne',
      'lt',
      'le',
      'gt',
      'ge',
      'in',
      'starts-with',
      'absent',
    ];
    expect(operators.filter((op) => holds('string_maybe', null, op, 'a'))).toEqual([
      'ne',
      'absent',
    ]);
    expect(holds('string_maybe', 'b', 'absent')).toBe(false);
  });

  test('has NaN equal itself, above all numbers, and 0 equal -0', () => {
    expect(holds('double_value', Number.NaN, 'eq', Number.NaN)).toBe(true);
    expect(holds('double_value', Number.NaN, 'gt', Infinity)).toBe(true);
    expect(holds('double_value', Number.NaN, 'lt', 5)).toBe(false);
    expect(holds('double_value', -0, 'eq', 0)).toBe(true);
    expect(holds('double_value', -0, 'in', 1, 0)).toBe(true);
  });

  test('of strings goes by UTF-8', () => {
    expect(holds('string_value', '\uffff', 'lt', '😀')).toBe(true);
    expect(holds('string_value', 'été', 'starts-with', 'ét')).toBe(true);
    expect(holds('string_value', 'été', 'starts-with', 'et')).toBe(false);
    expect(holds('string_value', 'b', 'in', 'a', 'b')).toBe(true);
    expect(holds('string_value', 'b', 'in')).toBe(false);
  });
});

test.each<[Parameters<typeof orderHolds>[0], boolean[]]>([
  ['eq', [false, true, false]],
  ['ne', [true, false, true]],
  ['lt', [true, false, false]],
  ['le', [true, true, false]],
  ['gt', [false, false, true]],
  ['ge', [false, true, true]],
])('%s holds below, at and above', (operator, expected) => {
  expect([-2, 0, 2].map((order) => orderHolds(operator, order))).toEqual(expected);
});

test('filters combine', () => {
  const def = testTable('Shapes');
  const row: Cell[] = def.columns.map(() => null);
  const yes = { column: shapesColumn('string_maybe').index, op: 'absent', cells: [] } as const;
  const no = { not: yes };
  expect(matches(def, everything, row)).toBe(true);
  expect(matches(def, { any: [] }, row)).toBe(false);
  expect(matches(def, { all: [yes, no] }, row)).toBe(false);
  expect(matches(def, { any: [no, yes] }, row)).toBe(true);
  expect(matches(def, { not: { all: [yes, no] } }, row)).toBe(true);
});
