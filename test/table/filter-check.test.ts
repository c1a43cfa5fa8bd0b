import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import type { Comparison, Filter, Operator } from '../../src/table/filter.ts';
import { checkFilter } from '../../src/table/filter-check.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

const def = testTable('Shapes');

const compare = (name: string, op: Operator, ...cells: Cell[]): Comparison => ({
  column: shapesColumn(name).index,
  op,
  cells,
});
const check = (filter: Filter, limits = defaultLimits) => checkFilter(def, filter, limits);
const refusal = (filter: Filter) => refusalOf(() => check(filter));

test('a filter that fits comes back with its operands canonical', () => {
  const filter: Filter = {
    all: [
      compare('float_value', 'gt', 0.1),
      { any: [compare('string_value', 'starts-with', 'a'), compare('place', 'absent')] },
      { not: compare('int32_value', 'in') },
    ],
  };
  expect(check(filter)).toEqual({
    ...filter,
    all: [compare('float_value', 'gt', Math.fround(0.1)), ...filter.all.slice(1)],
  });
});

describe('is refused', () => {
  test('a column that the table does not have', () => {
    expect(refusal({ column: 999, op: 'eq', cells: [1] })).toEqual({
      reason: 'UNKNOWN_COLUMN',
      fields: ['filter.compare.field'],
    });
  });

  test.each([
    ['a prefix of a number', compare('int32_value', 'starts-with', 1)],
    ['a prefix of bytes', compare('bytes_value', 'starts-with', new Uint8Array(0))],
    ['the order of nested data', compare('place', 'lt', new Uint8Array(0))],
    ['a value of nested data', compare('int32_list', 'eq', new Uint8Array(0))],
  ])('%s', (_name, filter) => {
    expect(refusal({ any: [filter] })).toEqual({
      reason: 'WRONG_OPERATOR',
      fields: ['filter.any_of.filters[0].compare.operation'],
    });
  });

  test.each([
    ['no value where one is needed', compare('int32_value', 'eq')],
    ['two values', compare('int32_value', 'lt', 1, 2)],
    ['a value for absent', compare('int32_maybe', 'absent', 1)],
  ])('%s', (_name, filter) => {
    expect(refusal({ not: filter })).toEqual({
      reason: 'WRONG_OPERANDS',
      fields: ['filter.none_of.compare.values'],
    });
  });

  test.each([
    ['a value of another type', 'x'],
    ['null', null],
  ])('%s', (_name, cell) => {
    expect(refusal({ all: [compare('int32_value', 'in', 1, cell)] })).toEqual({
      reason: 'WRONG_TYPE',
      fields: ['filter.all_of.filters[0].compare.values[1]'],
    });
  });
});

test('a filter has as many parts as the limit allows, and not one more', () => {
  const limits = { ...defaultLimits, filterNodesMax: 4 };
  const part = compare('int32_value', 'eq', 1);
  check({ all: [part, part, part] }, limits);
  expect(refusalOf(() => check({ all: [part, part, part, part] }, limits))).toEqual({
    reason: 'FILTER_TOO_LARGE',
    fields: ['filter'],
  });
  check({ not: { not: { not: part } } }, limits);
  expect(() => check({ not: { not: { not: { not: part } } } }, limits)).toThrow();
});
