import type { Cell } from '../schema/table-def.ts';
import { countBits, forEachBit } from './bitmap.ts';
import type { Filter } from './filter.ts';
import { createRowOrder, type Keyset, type OrderBy, type RowOrder } from './row-order.ts';
import type { OverlayRow, RowSource } from './row-source.ts';
import { selectOverlay, selectPinned, selectRows } from './selection.ts';
import { createTopRows, type TopRows } from './top-rows.ts';

/** Which rows, in which order. As `checkQuery` returns it. */
export interface Query {
  readonly filter: Filter;
  /** Ties, and an empty list, go by the key's UTF-8 bytes. */
  readonly orderBy: readonly OrderBy[];
  /** Rows at the most; absent for all. */
  readonly limit?: number | undefined;
  /** Only rows behind this place: the `next` of the page before. */
  readonly after?: Keyset | undefined;
  /** True to have the cells of all rows made. */
  readonly withCells?: boolean | undefined;
}

/** A row that was found. */
export interface Hit {
  readonly key: string;
  /** Slot in the table, or -1 for a row of the overlay. Good until the table changes. */
  readonly slot: number;
  /** All cells: of the overlay's rows always, of the table's when the query asked for them. */
  readonly cells: readonly Cell[] | undefined;
}

export interface Page {
  /** In the order of the query. */
  readonly hits: readonly Hit[];
  /** The place of the last row, where more rows come behind it. */
  readonly next: Keyset | undefined;
}

/**
 * The rows that match, in order. Pages that follow each other by `next` meet no row twice and miss none that
 * stays where it is in the order, whatever changes between them: a place is made of values.
 *
 * Costs one scan of the filtered columns, or a look-up where the filter names keys, and memory for `limit` rows.
 */
export function runQuery(source: RowSource, query: Query): Page {
  const overlay = selectOverlay(source, query.filter);
  const order = createRowOrder(source.table, overlay, query.orderBy);
  const { limit = Infinity, after } = query;
  // One more than asked for tells whether there is a next page.
  const top = createTopRows(limit + 1, order.compare);
  for (let index = 0; index < overlay.length; index++) {
    const row = -1 - index;
    if (after === undefined || order.compareTo(row, after) > 0) top.offer(row);
  }
  offerTable(source, query, order, top);
  const rows = top.finish();
  const more = rows.length > limit;
  if (more) rows.pop();
  const last = rows.at(-1);
  return {
    hits: rows.map((row) => hitOf(source, overlay, row, query.withCells === true)),
    next: more && last !== undefined ? order.place(last) : undefined,
  };
}

/** How many rows match. */
export function countRows(source: RowSource, filter: Filter): number {
  let count = selectOverlay(source, filter).length;
  const pinned = selectPinned(source, filter);
  if (pinned !== undefined) return count + pinned.length;
  selectRows(source, filter, (_chunk, selection) => {
    count += countBits(selection);
  });
  return count;
}

function offerTable(source: RowSource, query: Query, order: RowOrder, top: TopRows): void {
  const pinned = selectPinned(source, query.filter);
  if (pinned !== undefined) {
    for (const slot of pinned) {
      if (query.after === undefined || order.compareTo(slot, query.after) > 0) top.offer(slot);
    }
    return;
  }
  const after = query.after === undefined ? undefined : order.testAfter(query.after);
  selectRows(source, query.filter, (chunk, selection) => {
    after?.keep(chunk, selection);
    // Of later chunks most rows come behind all that are kept, and the columns find that out faster than the heap.
    if (top.worst !== undefined) order.testBefore(order.place(top.worst)).keep(chunk, selection);
    const first = chunk * source.table.chunkRows;
    forEachBit(selection, (row) => top.offer(first + row));
  });
}

function hitOf(
  { table }: RowSource,
  overlay: readonly OverlayRow[],
  row: number,
  withCells: boolean,
): Hit {
  if (row < 0) return { ...overlay[-1 - row]!, slot: -1 };
  return { key: table.keyOf(row), slot: row, cells: withCells ? table.row(row) : undefined };
}
