import { describe, expect, test } from 'vitest';
import { ComparisonOperator, Filter } from '../../gen/ts/syncdb/v1/data_service.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { decodeMessage } from '../../src/wire/decode-message.ts';
import { columnFromWire, filterFromWire } from '../../src/wire/filters.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

const shapes = testTable('Shapes');
const column = (name: string) => shapesColumn(name).index;

function compare(
  field: string,
  operation: keyof typeof ComparisonOperator,
  ...values: unknown[]
): Filter {
  const value = { field, operation: ComparisonOperator[operation], values };
  return { test: { $case: 'compare', value } };
}
const allOf = (...filters: Filter[]): Filter => ({ test: { $case: 'allOf', value: { filters } } });
const anyOf = (...filters: Filter[]): Filter => ({ test: { $case: 'anyOf', value: { filters } } });
const noneOf = (filter: Filter): Filter => ({ test: { $case: 'noneOf', value: filter } });

/** Through bytes, as it would arrive. */
function read(filter: Filter, limits = defaultLimits) {
  return filterFromWire(shapes, decodeMessage(Filter, Filter.encode(filter).finish()), limits);
}

test('no filter matches every row', () => {
  expect(filterFromWire(shapes, undefined, defaultLimits)).toEqual({ all: [] });
});

test('a tree of filters is read as it is', () => {
  const filter = allOf(
    anyOf(compare('color', 'EQUAL', 'COLOR_RED'), compare('double_value', 'GREATER', 20.5)),
    noneOf(compare('string_maybe', 'ABSENT')),
  );
  expect(read(filter)).toEqual({
    all: [
      {
        any: [
          { column: column('color'), op: 'eq', cells: [1] },
          { column: column('double_value'), op: 'gt', cells: [20.5] },
        ],
      },
      { not: { column: column('string_maybe'), op: 'absent', cells: [] } },
    ],
  });
});

test.each([
  ['EQUAL', 'eq', ['a']],
  ['NOT_EQUAL', 'ne', ['a']],
  ['LESS', 'lt', ['a']],
  ['LESS_OR_EQUAL', 'le', ['a']],
  ['GREATER', 'gt', ['a']],
  ['GREATER_OR_EQUAL', 'ge', ['a']],
  ['ONE_OF', 'in', ['a', 'b', 'c']],
  ['STARTS_WITH', 'starts-with', ['a']],
  ['ABSENT', 'absent', []],
] as const)('the operation %s is %s', (operation, op, values) => {
  expect(read(compare('string_maybe', operation, ...values))).toEqual({
    ...{ column: column('string_maybe'), op },
    cells: values,
  });
});

test('operands become canonical', () => {
  expect(read(compare('float_value', 'EQUAL', 0.1))).toMatchObject({ cells: [Math.fround(0.1)] });
});

describe('a filter is refused by the path of its part', () => {
  const path = 'filter.all_of.filters[1]';
  test.each<[string, Filter, string, string]>([
    ['without a test', { test: undefined }, 'MISSING_FIELD', ''],
    ['of no such field', compare('nope', 'EQUAL', 1), 'UNKNOWN_COLUMN', '.compare.field'],
    [
      'without an operation',
      compare('id', 'UNSPECIFIED', 'a'),
      'UNKNOWN_ENUM_VALUE',
      '.compare.operation',
    ],
    [
      'of an unknown operation',
      { test: { $case: 'compare', value: { field: 'id', operation: 99 as never, values: [] } } },
      'UNKNOWN_ENUM_VALUE',
      '.compare.operation',
    ],
    [
      'of an operation that the type does not have',
      compare('bool_value', 'STARTS_WITH', true),
      'WRONG_OPERATOR',
      '.compare.operation',
    ],
    [
      'of a comparison of nested data',
      compare('place', 'EQUAL', 'x'),
      'WRONG_OPERATOR',
      '.compare.operation',
    ],
    ['of too few values', compare('id', 'EQUAL'), 'WRONG_OPERANDS', '.compare.values'],
    ['of too many values', compare('id', 'LESS', 'a', 'b'), 'WRONG_OPERANDS', '.compare.values'],
    [
      'of a value for ABSENT',
      compare('string_maybe', 'ABSENT', 'a'),
      'WRONG_OPERANDS',
      '.compare.values',
    ],
    [
      'of a value of another type',
      compare('int32_value', 'ONE_OF', 1, 'x'),
      'WRONG_TYPE',
      '.compare.values[1]',
    ],
    [
      'of a value out of range',
      compare('int32_value', 'EQUAL', 2 ** 31),
      'WRONG_TYPE',
      '.compare.values[0]',
    ],
    ['of null', compare('id', 'EQUAL', null), 'WRONG_TYPE', '.compare.values[0]'],
    [
      'deeper down',
      noneOf(anyOf(compare('nope', 'ABSENT'))),
      'UNKNOWN_COLUMN',
      '.none_of.any_of.filters[0].compare.field',
    ],
  ])('%s', (_what, filter, reason, field) => {
    expect(refusalOf(() => read(allOf(compare('id', 'EQUAL', 'a'), filter)))).toEqual({
      reason,
      fields: [path + field],
    });
  });
});

describe('the number of parts is bounded', () => {
  const limits = { ...defaultLimits, filterNodesMax: 10 };
  const wide = (count: number) =>
    allOf(...Array.from({ length: count }, () => compare('id', 'EQUAL', 'a')));
  const deep = (depth: number): Filter =>
    depth === 0 ? compare('id', 'EQUAL', 'a') : noneOf(deep(depth - 1));

  test.each([
    ['wide', wide(9), wide(10)],
    ['deep', deep(9), deep(10)],
  ])('in a %s filter', (_what, atLimit, oneOver) => {
    expect(read(atLimit, limits)).toBeDefined();
    expect(refusalOf(() => read(oneOver, limits))).toEqual({
      reason: 'FILTER_TOO_LARGE',
      fields: ['filter'],
    });
  });
});

test('a column is found by its name, and one that is not there named', () => {
  expect(columnFromWire(shapes, 'id', 'order_by[0].field').name).toBe('id');
  expect(refusalOf(() => columnFromWire(shapes, 'ID', 'order_by[0].field'))).toEqual({
    reason: 'UNKNOWN_COLUMN',
    fields: ['order_by[0].field'],
  });
});
