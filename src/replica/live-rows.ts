import { sameCells } from '../schema/cell.ts';
import type { TableDef } from '../schema/table-def.ts';
import { matches } from '../table/filter.ts';
import { type Query, runQuery } from '../table/query.ts';
import { comparePlaces, type Keyset } from '../table/row-order.ts';
import type { RowSource } from '../table/row-source.ts';
import type { ReplicaRow } from './replica-row.ts';
import type { LiveRow, RowChanges } from './row-changes.ts';

/** Where rows are read as they are shown. */
export interface RowReader {
  row(table: TableDef, key: string): ReplicaRow | undefined;
  rows(table: TableDef): RowSource;
}

/** Rows that are kept behind the limit of a query, to take the place of those that go. */
const spareRowsMax = 64;

/**
 * The rows of a query, kept up to date: a change costs a look at the rows that it touches, and not at the table. Of a query
 * with a limit some rows behind it are known; only when these are used up the table is asked again.
 */
export class LiveRows {
  private readonly shown: RowReader;
  private readonly table: TableDef;
  private readonly query: Query;
  private readonly limit: number;
  private readonly spareMax: number;
  private readonly byKey = new Map<string, LiveRow>();
  /** In order, those that are spare last. */
  private entries: LiveRow[] = [];
  /** Whether no others match. */
  private isWhole = true;

  /** `query` is as `checkQuery` returns it. */
  constructor(shown: RowReader, table: TableDef, query: Query, spareMax = spareRowsMax) {
    this.shown = shown;
    this.table = table;
    this.query = query;
    this.spareMax = spareMax;
    this.limit = query.limit ?? Number.POSITIVE_INFINITY;
  }

  /** Those within the limit, in order. */
  get rows(): readonly LiveRow[] {
    return this.entries.length > this.limit ? this.entries.slice(0, this.limit) : this.entries;
  }

  /** Where the next page begins; undefined on the last. */
  get next(): Keyset | undefined {
    const last = this.entries[this.limit - 1];
    if (last === undefined || (this.isWhole && this.entries.length === this.limit))
      return undefined;
    return this.place(last);
  }

  /** Asks the table anew, and notes what has changed of the rows within the limit. */
  refresh(changes: RowChanges): void {
    const before = new Map(this.rows.map((row) => [row.key, row]));
    const { hits, next } = runQuery(this.shown.rows(this.table), {
      ...this.query,
      limit: Number.isFinite(this.limit) ? this.limit + this.spareMax : undefined,
      withCells: true,
    });
    this.isWhole = next === undefined;
    this.entries = hits.map(({ key, cells, slot }) =>
      this.same({ key, cells: cells!, pending: slot < 0 }),
    );
    this.byKey.clear();
    for (const row of this.entries) this.byKey.set(row.key, row);
    for (const row of this.rows) {
      const was = before.get(row.key);
      if (was !== row) changes.note(row.key, was, row);
      before.delete(row.key);
    }
    for (const [key, row] of before) changes.note(key, row, undefined);
  }

  /** Looks at rows that may have changed, and notes what has of those within the limit. */
  update(keys: Iterable<string>, changes: RowChanges): void {
    for (const key of keys) this.look(key, changes);
    // With none left behind the limit it is not known whether there is a next page either: all that was there may be gone.
    if (this.entries.length <= this.limit && !this.isWhole) this.refresh(changes);
  }

  private look(key: string, changes: RowChanges): void {
    const before = this.byKey.get(key);
    const found = this.found(key);
    if (found === undefined) {
      if (before !== undefined) this.remove(before, changes);
      return;
    }
    const after = this.same(found);
    if (after === before) return;
    if (before !== undefined) {
      const at = this.placeOf(before);
      if (this.replace(at, before, after, changes)) return;
      this.remove(before, changes);
    }
    this.insert(after, changes);
  }

  /** The row, where it matches. */
  private found(key: string): LiveRow | undefined {
    const row = this.shown.row(this.table, key);
    if (row === undefined || !matches(this.table, this.query.filter, row.cells)) return undefined;
    const { cells, pending } = row;
    const found = { key, cells, pending };
    const { after } = this.query;
    return after === undefined || this.compareTo(found, after) > 0 ? found : undefined;
  }

  /** The row that is known already, where it is just like this one. */
  private same(row: LiveRow): LiveRow {
    const known = this.byKey.get(row.key);
    if (known === undefined || known.pending !== row.pending) return row;
    return sameCells(this.table.columns, known.cells, row.cells) ? known : row;
  }

  /** Puts it where the one before stood, if that is its place. */
  private replace(at: number, before: LiveRow, after: LiveRow, changes: RowChanges): boolean {
    const { entries } = this;
    const previous = entries[at - 1];
    const following = entries[at + 1];
    if (previous !== undefined && this.compare(previous, after) > 0) return false;
    if (following !== undefined && this.compare(after, following) > 0) return false;
    // Behind the last one that is known there may be others.
    if (following === undefined && !this.isWhole && this.compare(before, after) !== 0) return false;
    entries[at] = after;
    this.byKey.set(after.key, after);
    if (at < this.limit) changes.note(after.key, before, after);
    return true;
  }

  private insert(row: LiveRow, changes: RowChanges): void {
    const { entries, limit } = this;
    const at = this.placeOf(row);
    if (at === entries.length && !this.isWhole) return;
    entries.splice(at, 0, row);
    this.byKey.set(row.key, row);
    if (at < limit) {
      changes.note(row.key, undefined, row);
      const pushedOut = entries[limit];
      if (pushedOut !== undefined) changes.note(pushedOut.key, pushedOut, undefined);
    }
    if (entries.length <= limit + this.spareMax) return;
    this.byKey.delete(entries.pop()!.key);
    this.isWhole = false;
  }

  private remove(row: LiveRow, changes: RowChanges): void {
    const { entries, limit } = this;
    const at = this.placeOf(row);
    entries.splice(at, 1);
    this.byKey.delete(row.key);
    if (at >= limit) return;
    changes.note(row.key, row, undefined);
    const pulledIn = entries[limit - 1];
    if (pulledIn !== undefined) changes.note(pulledIn.key, undefined, pulledIn);
  }

  /** How many of the rows come before it. */
  private placeOf(row: LiveRow): number {
    const { entries } = this;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(entries[middle]!, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private compare(left: LiveRow, right: LiveRow): number {
    return this.compareTo(left, this.place(right));
  }

  private compareTo(row: LiveRow, place: Keyset): number {
    return comparePlaces(this.table, this.query.orderBy, this.place(row), place);
  }

  private place({ key, cells }: LiveRow): Keyset {
    return { cells: this.query.orderBy.map(({ column }) => cells[column]!), key };
  }
}
