import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { everything } from '../../src/table/filter.ts';
import type { Query } from '../../src/table/query.ts';
import { checkQuery } from '../../src/table/query-check.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

const def = testTable('Shapes');
const check = (query: Partial<Query>) =>
  checkQuery(def, { filter: everything, orderBy: [], ...query }, defaultLimits);
const refusal = (query: Partial<Query>) => refusalOf(() => check(query));
const by = (name: string) => ({ column: shapesColumn(name).index, descending: false });

test('a query that fits comes back with its cells canonical', () => {
  const query = check({
    orderBy: [by('float_value')],
    limit: 10,
    after: { cells: [0.1], key: 'k' },
    withCells: true,
  });
  expect(query).toMatchObject({
    limit: 10,
    after: { cells: [Math.fround(0.1)], key: 'k' },
    withCells: true,
  });
});

describe('is refused', () => {
  test.each([0, -1, 1.5, Number.NaN])('a limit of %d', (limit) => {
    expect(refusal({ limit })).toEqual({ reason: 'WRONG_LIMIT', fields: ['limit'] });
  });

  test('an order by what is not there, or has no order', () => {
    expect(refusal({ orderBy: [by('string_value'), { column: 999, descending: true }] })).toEqual({
      reason: 'UNKNOWN_COLUMN',
      fields: ['order_by[1]'],
    });
    expect(refusal({ orderBy: [by('place')] })).toEqual({
      reason: 'WRONG_ORDER',
      fields: ['order_by[0]'],
    });
  });

  test.each([
    ['with too few cells', { cells: [], key: 'k' }],
    ['with too many cells', { cells: [1, 2], key: 'k' }],
    ['with a cell of another type', { cells: ['x'], key: 'k' }],
    ['without a key', { cells: [1], key: '' }],
  ])('a page token %s', (_name, after) => {
    expect(refusal({ orderBy: [by('int32_value')], after })).toEqual({
      reason: 'WRONG_PAGE_TOKEN',
      fields: ['page_token'],
    });
  });

  test('a filter that does not fit', () => {
    expect(refusal({ filter: { not: { column: 999, op: 'eq', cells: [1] } } })).toEqual({
      reason: 'UNKNOWN_COLUMN',
      fields: ['filter.none_of.compare.field'],
    });
  });
});
