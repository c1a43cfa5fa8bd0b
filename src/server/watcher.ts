import type { Commit } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Redaction } from '../session/redaction.ts';
import { type Filter, matches } from '../table/filter.ts';
import { runQuery } from '../table/query.ts';
import type { Keyset } from '../table/row-order.ts';
import type { Table } from '../table/table.ts';
import type { Readable } from './readable-rows.ts';
import { rowBytes } from './state-rows.ts';

/** A row that matches now, with its bytes; or without them a key that did and does no longer. */
export interface Watched {
  readonly key: string;
  readonly slot: number;
  readonly row: Uint8Array | undefined;
}

export interface WatchBatch {
  readonly rows: readonly Watched[];
  /** True once the initial rows are complete. */
  readonly live: boolean;
}

export interface WatcherOptions {
  readonly state: CommittedState;
  readonly table: TableDef;
  readonly filter: Filter;
  /** The rows that the reader may see; all where this is undefined. Others are as if they did not match. */
  readonly shows: Readable | undefined;
  /** What is left out of them; nothing where this is undefined. */
  readonly redaction?: Redaction | undefined;
  /** Rows of one batch. */
  readonly rowsMax: number;
  /** Bytes of one batch: the row that reaches it is the last. */
  readonly bytesMax: number;
}

/**
 * The rows of one table that match a filter, then their changes. Changes gather as keys, so however slow the
 * reader is, it costs one entry for each row, and it sees each row's newest state.
 */
export class Watcher {
  private readonly options: WatcherOptions;
  /** Keys that the reader knows as matching. */
  private readonly shown = new Set<string>();
  private readonly changed = new Set<string>();
  private place: Keyset | undefined;
  private complete = false;
  /** Whether the last batch left the reader knowing everything. */
  private live = false;

  constructor(options: WatcherOptions) {
    this.options = options;
  }

  private get columns(): Table {
    return this.options.state.table(this.options.table).columns;
  }

  /** Takes note of what commits changed. */
  note(commits: readonly Commit[]): void {
    for (const { effects } of commits) {
      for (const { table, key } of effects) {
        if (table === this.options.table) this.changed.add(key);
      }
    }
  }

  /** The next batch, or undefined until something changes. */
  next(): WatchBatch | undefined {
    if (!this.complete) return this.nextInitial();
    const { rowsMax, bytesMax } = this.options;
    const rows: Watched[] = [];
    let bytes = 0;
    for (const key of this.changed) {
      if (rows.length >= rowsMax || bytes >= bytesMax) break;
      this.changed.delete(key);
      const watched = this.look(key);
      if (watched === undefined) continue;
      rows.push(watched);
      bytes += watched.row?.length ?? 0;
    }
    return rows.length === 0 && this.live ? undefined : this.batch(rows);
  }

  /** Says whether the reader knows everything with it: no row is still to come, and none has changed since. */
  private batch(rows: readonly Watched[]): WatchBatch {
    this.live = this.complete && this.changed.size === 0;
    return { rows, live: this.live };
  }

  private nextInitial(): WatchBatch {
    const { filter, shows, rowsMax, bytesMax } = this.options;
    const page = runQuery(
      { table: this.columns, shows },
      { filter, orderBy: [], limit: rowsMax, after: this.place },
    );
    this.place = page.next;
    const rows: Watched[] = [];
    let bytes = 0;
    for (const { key, slot } of page.hits) {
      if (bytes >= bytesMax) {
        this.place = { cells: [], key: rows.at(-1)!.key };
        break;
      }
      const row = this.rowAt(slot);
      rows.push({ key, slot, row });
      bytes += row.length;
      this.shown.add(key);
      this.changed.delete(key);
    }
    this.complete = this.place === undefined;
    return this.batch(rows);
  }

  private look(key: string): Watched | undefined {
    const { table, filter, shows } = this.options;
    const { columns } = this;
    const slot = columns.slotOf(key);
    const isSeen = slot >= 0 && columns.isLive(slot) && shows?.(slot) !== false;
    if (isSeen && matches(table, filter, columns.row(slot))) {
      this.shown.add(key);
      return { key, slot, row: this.rowAt(slot) };
    }
    return this.shown.delete(key) ? { key, slot, row: undefined } : undefined;
  }

  private rowAt(slot: number): Uint8Array {
    const { state, table, redaction } = this.options;
    return rowBytes(state, table, slot, redaction);
  }
}
