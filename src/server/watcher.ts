import type { Commit } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { type Filter, matches } from '../table/filter.ts';
import { runQuery } from '../table/query.ts';
import type { Keyset } from '../table/row-order.ts';

/** A row that matches now, or a key that did and does no longer. */
export type Watched =
  | { readonly key: string; readonly slot: number; readonly cells: readonly Cell[] }
  | { readonly key: string; readonly slot: number; readonly cells: undefined };

export interface WatchBatch {
  readonly rows: readonly Watched[];
  /** True once the initial rows are complete. */
  readonly live: boolean;
}

/**
 * The rows of one table that match a filter, then their changes. Changes gather as keys, so however slow the
 * reader is, it costs one entry for each row, and it sees each row's newest state.
 */
export class Watcher {
  private readonly state: CommittedState;
  private readonly table: TableDef;
  private readonly filter: Filter;
  private readonly rowsMax: number;
  /** Keys that the reader knows as matching. */
  private readonly shown = new Set<string>();
  private readonly changed = new Set<string>();
  private place: Keyset | undefined;
  private complete = false;

  constructor(state: CommittedState, table: TableDef, filter: Filter, rowsMax: number) {
    this.state = state;
    this.table = table;
    this.filter = filter;
    this.rowsMax = rowsMax;
  }

  /** Takes note of what commits changed. */
  note(commits: readonly Commit[]): void {
    for (const { effects } of commits) {
      for (const { table, key } of effects) if (table === this.table) this.changed.add(key);
    }
  }

  /** The next batch, or undefined until something changes. */
  next(): WatchBatch | undefined {
    if (!this.complete) return this.nextInitial();
    const rows: Watched[] = [];
    for (const key of this.changed) {
      if (rows.length >= this.rowsMax) break;
      this.changed.delete(key);
      const row = this.look(key);
      if (row !== undefined) rows.push(row);
    }
    return rows.length === 0 ? undefined : { rows, live: true };
  }

  private nextInitial(): WatchBatch {
    const { columns } = this.state.table(this.table);
    const page = runQuery(
      { table: columns },
      { filter: this.filter, orderBy: [], limit: this.rowsMax, after: this.place, withCells: true },
    );
    this.place = page.next;
    this.complete = page.next === undefined;
    const rows = page.hits.map(({ key, slot, cells }) => {
      this.shown.add(key);
      this.changed.delete(key);
      return { key, slot, cells: cells as readonly Cell[] };
    });
    return { rows, live: this.complete };
  }

  private look(key: string): Watched | undefined {
    const { columns } = this.state.table(this.table);
    const slot = columns.slotOf(key);
    const cells = slot >= 0 && columns.isLive(slot) ? columns.row(slot) : undefined;
    if (cells !== undefined && matches(this.table, this.filter, cells)) {
      this.shown.add(key);
      return { key, slot, cells };
    }
    return this.shown.delete(key) ? { key, slot, cells: undefined } : undefined;
  }
}
