import type { Row } from '../../gen/ts/syncdb/v1/data.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Caches } from '../replica/caches.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Redaction } from '../session/redaction.ts';
import { matches } from '../table/filter.ts';
import { OrderedRows } from '../table/ordered-rows.ts';
import { type Query, runQuery } from '../table/query.ts';
import type { Keyset } from '../table/row-order.ts';
import type { Readable } from './readable-rows.ts';
import { rowAt } from './state-rows.ts';

/** One batch of a query. */
export interface QueryPage {
  readonly rows: Row[];
  /** The place behind which the next one goes on; undefined where there is none. */
  readonly next: Keyset | undefined;
}

export interface QueryPagesOptions {
  readonly state: CommittedState;
  readonly table: TableDef;
  /** Which rows the caller may read; undefined for all. */
  readonly shows: Readable | undefined;
  /** What is left out of them; nothing where this is undefined. */
  readonly redaction?: Redaction | undefined;
  /** As `checkQuery` returns it. */
  readonly query: Query;
  /** Of one page. */
  readonly rowsMax: number;
  /** Bytes of the rows of one page; the row that reaches it is its last. Most clients take 4 MiB in one message. */
  readonly bytesMax: number;
  /** Where the order of a long query is kept, to be let go of when memory is short. */
  readonly caches: Caches;
  /** Does a step of a long query when others have had the thread. */
  readonly turn: <T>(step: () => T) => Promise<T>;
}

/** Up to so many pages it is cheaper to look for each of them anew than to put all rows in order. */
const soughtPagesMax = 16;

/**
 * A query page by page, up to its limit. Each page is of one moment; between pages others write. A row that stays as it
 * is comes once, in order. One that changes meanwhile comes at most once, as it is then if it still matches, and perhaps
 * where it stood before; one that is added may be missing, as may one that moves towards the beginning.
 */
export async function* queryPages(options: QueryPagesOptions): AsyncGenerator<QueryPage> {
  const { query, rowsMax } = options;
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let { after } = query;
  do {
    const page = soughtPage(options, after, left);
    yield page;
    left -= page.rows.length;
    after = page.next;
    if (after !== undefined && left > soughtPagesMax * rowsMax) {
      yield* orderedPages(options, after, left);
      return;
    }
  } while (after !== undefined && left > 0);
}

/** The first rows behind a place, by a scan of the table. */
function soughtPage(
  options: QueryPagesOptions,
  after: Keyset | undefined,
  left: number,
): QueryPage {
  const { state, table, shows, redaction, query, rowsMax, bytesMax } = options;
  const limit = Math.min(left, rowsMax);
  const source = { table: state.table(table).columns, shows };
  const { hits, next } = runQuery(source, { ...query, limit, after });
  const rows: Row[] = [];
  for (let bytes = 0; rows.length < hits.length && bytes < bytesMax; ) {
    const row = rowAt(state, table, hits[rows.length]!.slot, redaction);
    bytes += bytesOf(row);
    rows.push(row);
  }
  // What does not fit begins the next page.
  const isCut = rows.length < hits.length;
  return { rows, next: isCut ? placeOf(options, hits[rows.length - 1]!.slot) : next };
}

/** All rows behind a place, put in order as they are taken. */
async function* orderedPages(
  options: QueryPagesOptions,
  after: Keyset,
  limit: number,
): AsyncGenerator<QueryPage> {
  const { state, table, shows, query } = options;
  const ordered = new OrderedRows(state.table(table).columns, { ...query, after, shows });
  const remove = options.caches.add(ordered);
  try {
    yield* pagesOf(ordered, options, after, limit);
  } finally {
    remove();
  }
}

async function* pagesOf(
  ordered: OrderedRows,
  options: QueryPagesOptions,
  after: Keyset,
  limit: number,
): AsyncGenerator<QueryPage> {
  const { rowsMax, turn } = options;
  const rows = new RecalledRows(options);
  let place = after;
  for (let left = limit; left > 0; ) {
    const filled = () => (isFilled(rows, ordered, rowsMax) ? rows.page(left) : undefined);
    let page = filled();
    while (page === undefined) {
      page = await turn(() => {
        ordered.prepare(rowsMax);
        return filled();
      });
    }
    left -= page.rows.length;
    place = page.next ?? place;
    const more = rows.count > 0 || !ordered.done;
    if (page.rows.length > 0 || !more) yield { rows: page.rows, next: more ? place : undefined };
    if (!more) return;
  }
}

/** Takes the rows of a page. One more than it has tells whether there is another. False where they are still to be put in order. */
function isFilled(rows: RecalledRows, ordered: OrderedRows, rowsMax: number): boolean {
  while (rows.count <= rowsMax && !ordered.done) {
    const slot = ordered.take();
    if (slot === undefined) return false;
    rows.add(slot);
  }
  return true;
}

/** Rows that matched when they were found, in the order in which they are read. */
class RecalledRows {
  private readonly options: QueryPagesOptions;
  /** Rows of a later version have changed since they were found. */
  private readonly foundAt: number;
  private slots: number[] = [];

  constructor(options: QueryPagesOptions) {
    this.options = options;
    this.foundAt = options.state.head;
  }

  get count(): number {
    return this.slots.length;
  }

  add(slot: number): void {
    this.slots.push(slot);
  }

  /** The next page, and the place of the last row in it that stayed as it was: others may have moved. */
  page(left: number): QueryPage {
    const { state, table, redaction, rowsMax, bytesMax } = this.options;
    const rows: Row[] = [];
    const limit = Math.min(left, rowsMax);
    let last: number | undefined;
    let at = 0;
    for (let bytes = 0; at < this.slots.length && rows.length < limit && bytes < bytesMax; at++) {
      const slot = this.slots[at]!;
      if (this.isGone(slot)) continue;
      const row = rowAt(state, table, slot, redaction);
      bytes += bytesOf(row);
      rows.push(row);
      if (!this.isChanged(slot)) last = slot;
    }
    while (at < this.slots.length && this.isGone(this.slots[at]!)) at++;
    this.slots = this.slots.slice(at);
    return { rows, next: last === undefined ? undefined : placeOf(this.options, last) };
  }

  private isChanged(slot: number): boolean {
    const { state, table } = this.options;
    return state.table(table).versionOf(slot) > this.foundAt;
  }

  private isGone(slot: number): boolean {
    if (!this.isChanged(slot)) return false;
    const { state, table, shows, query } = this.options;
    const { columns } = state.table(table);
    if (shows?.(slot) === false) return true;
    return !columns.isLive(slot) || !matches(table, query.filter, columns.row(slot));
  }
}

function placeOf({ state, table, query }: QueryPagesOptions, slot: number): Keyset {
  const { columns } = state.table(table);
  const cells = query.orderBy.map(({ column }) => columns.cell(slot, column));
  return { key: columns.keyOf(slot), cells };
}

function bytesOf({ row }: Row): number {
  return row?.value.length ?? 0;
}
