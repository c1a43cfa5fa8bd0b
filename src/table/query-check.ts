import { invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { canonicalCell } from '../schema/cell.ts';
import { keyCell } from '../schema/key.ts';
import type { TableDef } from '../schema/table-def.ts';
import { checkFilter } from './filter-check.ts';
import type { Query } from './query.ts';
import type { Keyset, OrderBy } from './row-order.ts';

/**
 * The query with all its cells canonical. What does not fit raises INVALID_ARGUMENT that names the field of the
 * request: `filter...` as `checkFilter` has it, `order_by[i]` (UNKNOWN_COLUMN, WRONG_ORDER for nested data), `limit`
 * (WRONG_LIMIT for what is no whole number from 1 on), and `page_token` (WRONG_PAGE_TOKEN for one of another query).
 */
export function checkQuery(def: TableDef, query: Query, limits: Limits): Query {
  const { limit, after } = query;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw invalidField('limit', 'WRONG_LIMIT', 'must be a whole number from 1 on');
  }
  const filter = checkFilter(def, query.filter, limits);
  query.orderBy.forEach((order, index) => {
    checkOrder(def, order, index);
  });
  const place = after === undefined ? undefined : checkPlace(def, query.orderBy, after, limits);
  return { ...query, filter, after: place };
}

function checkOrder(def: TableDef, order: OrderBy, index: number): void {
  const column = def.columns[order.column];
  const path = `order_by[${index}]`;
  if (column === undefined) {
    throw invalidField(path, 'UNKNOWN_COLUMN', `${def.name} has no such field`);
  }
  if (column.kind === 'wire') {
    throw invalidField(
      path,
      'WRONG_ORDER',
      `${column.name} is ${column.typeName}: it has no order`,
    );
  }
}

function checkPlace(
  def: TableDef,
  orderBy: readonly OrderBy[],
  place: Keyset,
  limits: Limits,
): Keyset {
  if (place.cells.length !== orderBy.length) throw wrongToken();
  try {
    keyCell(def, place.key, limits);
    const cells = place.cells.map((cell, index) =>
      canonicalCell(def.columns[orderBy[index]!.column]!, cell, limits),
    );
    return { cells, key: place.key };
  } catch (error) {
    throw error instanceof SyncError ? wrongToken() : error;
  }
}

function wrongToken(): SyncError {
  return invalidField('page_token', 'WRONG_PAGE_TOKEN', 'is not of a page of this query');
}
