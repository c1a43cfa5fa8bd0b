import { describe, expect, test } from 'vitest';
import { ComparisonOperator, QueryRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { pageTokenOf } from '../../src/wire/page-token.ts';
import { queryFromWire, watchFilterFromWire } from '../../src/wire/queries.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

const shapes = testTable('Shapes');
const column = (name: string) => shapesColumn(name).index;
const filter = {
  test: {
    $case: 'compare' as const,
    value: { field: 'id', operation: ComparisonOperator.EQUAL, values: ['a'] },
  },
};

function read(request: Parameters<typeof QueryRequest.create>[0]) {
  return queryFromWire(shapes, QueryRequest.create(request), defaultLimits);
}

test('a request that says nothing asks for all rows by key', () => {
  expect(read({})).toEqual({ filter: { all: [] }, orderBy: [], limit: undefined });
});

test('a request asks for rows, in an order, up to a number', () => {
  const orderBy = [{ field: 'at', descending: true }, { field: 'int32_value' }];
  expect(read({ filter, orderBy, limit: 20 })).toEqual({
    filter: { column: column('id'), op: 'eq', cells: ['a'] },
    orderBy: [
      { column: column('at'), descending: true },
      { column: column('int32_value'), descending: false },
    ],
    limit: 20,
  });
});

test('a request goes on behind the page whose token it has', () => {
  const request = QueryRequest.create({ orderBy: [{ field: 'at' }] });
  const after = { cells: [null], key: 'k' };
  const pageToken = pageTokenOf(request, after);
  expect(read({ ...request, pageToken }).after).toEqual(after);
});

describe('a request is refused by its field', () => {
  test.each<[string, Parameters<typeof QueryRequest.create>[0], string, string]>([
    [
      'with an order by no field',
      { orderBy: [{ field: 'id' }, { field: 'nope' }] },
      'UNKNOWN_COLUMN',
      'order_by[1].field',
    ],
    [
      'with an order by nested data',
      { orderBy: [{ field: 'place' }] },
      'WRONG_ORDER',
      'order_by[0]',
    ],
    [
      'with a bad filter',
      { filter: { test: { $case: 'noneOf', value: {} } } },
      'MISSING_FIELD',
      'filter.none_of',
    ],
    ['with a bad token', { pageToken: 'x' }, 'BAD_PAGE_TOKEN', 'page_token'],
  ])('%s', (_what, request, reason, field) => {
    expect(refusalOf(() => read(request))).toEqual({ reason, fields: [field] });
  });
});

test('a watch has a filter like a query', () => {
  const request = { database: 'd', table: shapes.name, filter };
  expect(watchFilterFromWire(shapes, request, defaultLimits)).toEqual(read({ filter }).filter);
});
