import { maskHas } from '../base/mask.ts';
import type { Stamp } from '../base/stamp.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { nameOf, type Transaction } from '../change/transaction.ts';
import type { PreparedChange } from '../merge/prepared.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { Overlay } from '../table/row-source.ts';
import { compareTentative, type TentativeTransaction } from './tentative-queue.ts';

interface TentativeChange {
  readonly entry: TentativeTransaction;
  readonly change: PreparedChange;
}

/** A row with tentative changes: its committed cells with the changes on top. */
interface TentativeRow {
  changes: TentativeChange[];
  /** Whether the changes stand in their order. */
  isSorted: boolean;
  /** undefined: not there, or deleted. */
  cells: readonly Cell[] | undefined;
  /** Whether `cells` are not what the changes make of the committed ones now. */
  isStale: boolean;
}

/** Told of rows that may be shown otherwise than before. */
export interface ShownWatcher {
  row(table: TableDef, key: string): void;
  /** Any row may be. */
  all(): void;
}

/** By table and key: what is shown of rows with tentative changes; undefined where that is none. */
export type ShownCells = ReadonlyMap<TableDef, ReadonlyMap<string, readonly Cell[] | undefined>>;

/**
 * Tentative changes over committed rows: what the replica shows (Bayou's tentative state). A tentative change
 * simply applies; what it meets at the home is decided there. Each row is computed from its own changes alone,
 * so a rebase touches only rows that changed or have changes. It is sorted and computed when it is read next: thousands of
 * changes of one row may come, or go, in between.
 */
export class TentativeView {
  watcher: ShownWatcher | undefined;
  private readonly committed: () => CommittedState;
  private readonly rows = new Map<TableDef, Map<string, TentativeRow>>();

  /** `committed` is what it lies over now. */
  constructor(committed: () => CommittedState) {
    this.committed = committed;
  }

  /** True when the row has tentative changes; then `cells` tells what it is. */
  has(table: TableDef, key: string): boolean {
    return this.rows.get(table)?.has(key) ?? false;
  }

  cells(table: TableDef, key: string): readonly Cell[] | undefined {
    const row = this.rows.get(table)?.get(key);
    return row && this.cellsOf(row);
  }

  /** What it shows of its rows, without the transactions that stand in the committed rows too. */
  shown(committed: CommittedState, isCommitted: (transaction: Transaction) => boolean): ShownCells {
    const cellsOf = (key: string, row: TentativeRow) => {
      let cells = committed.cells(row.changes[0]!.change.table, key);
      for (const { entry, change } of sorted(row)) {
        if (!isCommitted(entry.transaction)) cells = applyTentative(change, cells);
      }
      return cells;
    };
    const ofTable = (rows: ReadonlyMap<string, TentativeRow>) =>
      new Map([...rows].map(([key, row]) => [key, cellsOf(key, row)]));
    return new Map([...this.rows].map(([table, rows]) => [table, ofTable(rows)]));
  }

  /** The row as it is committed, and after each of its tentative changes; undefined where it is not there. */
  versions(
    table: TableDef,
    key: string,
    committed: CommittedState,
  ): (readonly Cell[] | undefined)[] {
    const versions = [committed.cells(table, key)];
    for (const { change } of this.changesOf(table, key)) {
      versions.push(applyTentative(change, versions.at(-1)));
    }
    return versions;
  }

  /** Rows of a table with tentative changes, in the place of the committed ones; null where there is none. */
  overlay(table: TableDef): Overlay {
    const rows = this.rows.get(table);
    const cellsOf = (row: TentativeRow) => this.cellsOf(row);
    return {
      get: (key) => {
        const row = rows?.get(key);
        return row === undefined ? undefined : (cellsOf(row) ?? null);
      },
      *entries() {
        for (const [key, row] of rows ?? []) yield [key, cellsOf(row) ?? null];
      },
    };
  }

  /** The writer's newest tentative transaction on the row, 0 for none. */
  lastCounter(table: TableDef, key: string, replica: string): number {
    const isOf = ({ entry }: TentativeChange) => entry.transaction.replica === replica;
    return this.changesOf(table, key).findLast(isOf)?.entry.transaction.counter ?? 0;
  }

  /** The newest tentative transaction on the row, whoever wrote it. */
  newest(table: TableDef, key: string): Transaction | undefined {
    return this.changesOf(table, key).at(-1)?.entry.transaction;
  }

  /** The stamp in whose place the newest tentative change of the row stands, 0 for none. */
  lastStamp(table: TableDef, key: string): Stamp {
    return this.changesOf(table, key).at(-1)?.entry.orderStamp ?? 0;
  }

  add(entry: TentativeTransaction): void {
    for (const change of entry.changes) {
      const row = this.rowOf(change.table, change.key);
      const last = row.changes.at(-1)?.entry;
      row.changes.push({ entry, change });
      if (last !== undefined && compareTentative(last, entry) > 0) {
        row.isSorted = false;
        row.isStale = true;
      }
      // What comes last of all goes on top of what is there.
      if (!row.isStale) row.cells = applyTentative(change, row.cells);
      this.watcher?.row(change.table, change.key);
    }
  }

  remove(entries: readonly TentativeTransaction[]): void {
    const names = new Set(entries.map(({ transaction }) => nameOf(transaction)));
    const touched = new Set<TentativeRow>();
    for (const { changes } of entries) {
      for (const { table, key } of changes) {
        const row = this.rows.get(table)?.get(key);
        if (row === undefined || touched.has(row)) continue;
        touched.add(row);
        row.changes = row.changes.filter(({ entry }) => !names.has(nameOf(entry.transaction)));
        row.isStale = true;
        if (row.changes.length === 0) this.rows.get(table)!.delete(key);
        this.watcher?.row(table, key);
      }
    }
  }

  /** The committed row is another. */
  recompute(table: TableDef, key: string): void {
    const row = this.rows.get(table)?.get(key);
    if (row !== undefined) row.isStale = true;
    this.watcher?.row(table, key);
  }

  /** The committed state was exchanged as a whole. */
  recomputeAll(): void {
    for (const rows of this.rows.values()) for (const row of rows.values()) row.isStale = true;
    this.watcher?.all();
  }

  private changesOf(table: TableDef, key: string): readonly TentativeChange[] {
    const row = this.rows.get(table)?.get(key);
    return row === undefined ? [] : sorted(row);
  }

  private cellsOf(row: TentativeRow): readonly Cell[] | undefined {
    if (!row.isStale) return row.cells;
    const { table, key } = row.changes[0]!.change;
    let cells = this.committed().cells(table, key);
    for (const { change } of sorted(row)) cells = applyTentative(change, cells);
    row.cells = cells;
    row.isStale = false;
    return cells;
  }

  private rowOf(table: TableDef, key: string): TentativeRow {
    let rows = this.rows.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.rows.set(table, rows);
    }
    let row = rows.get(key);
    if (row === undefined) {
      row = { changes: [], isSorted: true, cells: undefined, isStale: true };
      rows.set(key, row);
    }
    return row;
  }
}

function sorted(row: TentativeRow): readonly TentativeChange[] {
  if (!row.isSorted) row.changes.sort((left, right) => compareTentative(left.entry, right.entry));
  row.isSorted = true;
  return row.changes;
}

/** What a change makes of a row where nobody disagrees. */
export function applyTentative(
  change: PreparedChange,
  cells: readonly Cell[] | undefined,
): readonly Cell[] | undefined {
  if (change.operation === 'delete') return undefined;
  if (change.operation === 'put') return change.cells;
  return cells?.map((cell, column) =>
    maskHas(change.mask, column) ? (change.cells[column] as Cell) : cell,
  );
}
