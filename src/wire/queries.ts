import type * as pb from '../../gen/ts/syncdb/v1/data_service.ts';
import type { Limits } from '../base/limits.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Filter } from '../table/filter.ts';
import type { Query } from '../table/query.ts';
import { checkQuery } from '../table/query-check.ts';
import { columnFromWire, filterFromWire } from './filters.ts';
import { placeOfPageToken } from './page-token.ts';

/**
 * The query that a request means, checked; without its `count_only`. INVALID_ARGUMENT names the field: with the
 * reasons of `filterFromWire`; `order_by[i]` UNKNOWN_COLUMN or WRONG_ORDER; `page_token` BAD_PAGE_TOKEN for a token
 * that is none, or of another query.
 */
export function queryFromWire(table: TableDef, request: pb.QueryRequest, limits: Limits): Query {
  const filter = filterFromWire(table, request.filter, limits);
  const orderBy = request.orderBy.map(({ field, descending }, index) => {
    return { column: columnFromWire(table, field, `order_by[${index}].field`).index, descending };
  });
  const limit = request.limit === 0 ? undefined : request.limit;
  const query = checkQuery(table, { filter, orderBy, limit }, limits);
  if (request.pageToken === '') return query;
  return { ...query, after: placeOfPageToken(request, table, orderBy, limits) };
}

/** The filter of the rows to watch, with the reasons of `filterFromWire`. */
export function watchFilterFromWire(
  table: TableDef,
  request: pb.WatchRequest,
  limits: Limits,
): Filter {
  return filterFromWire(table, request.filter, limits);
}
