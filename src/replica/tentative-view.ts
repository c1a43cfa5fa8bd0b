import { maskHas } from '../base/mask.ts';
import type { Stamp } from '../base/stamp.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Transaction } from '../change/transaction.ts';
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
  /** undefined: not there, or deleted. */
  cells: readonly Cell[] | undefined;
}

/** By table and key: what is shown of rows with tentative changes; undefined where that is none. */
export type ShownCells = ReadonlyMap<TableDef, ReadonlyMap<string, readonly Cell[] | undefined>>;

/**
 * Tentative changes over committed rows: what the replica shows (Bayou's tentative state). A tentative change
 * simply applies; what it meets at the home is decided there. Each row is computed from its own changes alone,
 * so a rebase touches only rows that changed or have changes.
 */
export class TentativeView {
  private readonly rows = new Map<TableDef, Map<string, TentativeRow>>();

  /** True when the row has tentative changes; then `cells` tells what it is. */
  has(table: TableDef, key: string): boolean {
    return this.rows.get(table)?.has(key) ?? false;
  }

  cells(table: TableDef, key: string): readonly Cell[] | undefined {
    return this.rows.get(table)?.get(key)?.cells;
  }

  /** What it shows of its rows, without the transactions that stand in the committed rows too. */
  shown(committed: CommittedState, isCommitted: (transaction: Transaction) => boolean): ShownCells {
    const cellsOf = (key: string, { changes }: TentativeRow) => {
      let cells = committed.cells(changes[0]!.change.table, key);
      for (const { entry, change } of changes) {
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
    for (const { change } of this.rows.get(table)?.get(key)?.changes ?? []) {
      versions.push(applyTentative(change, versions.at(-1)));
    }
    return versions;
  }

  /** Rows of a table with tentative changes, in the place of the committed ones; null where there is none. */
  overlay(table: TableDef): Overlay {
    const rows = this.rows.get(table);
    return {
      get: (key) => {
        const row = rows?.get(key);
        return row === undefined ? undefined : (row.cells ?? null);
      },
      *entries() {
        for (const [key, row] of rows ?? []) yield [key, row.cells ?? null];
      },
    };
  }

  /** The writer's newest tentative transaction on the row, 0 for none. */
  lastCounter(table: TableDef, key: string, replica: string): number {
    let last = 0;
    for (const { entry } of this.rows.get(table)?.get(key)?.changes ?? []) {
      if (entry.transaction.replica === replica) last = entry.transaction.counter;
    }
    return last;
  }

  /** The stamp in whose place the newest tentative change of the row stands, 0 for none. */
  lastStamp(table: TableDef, key: string): Stamp {
    return this.rows.get(table)?.get(key)?.changes.at(-1)?.entry.orderStamp ?? 0;
  }

  add(entry: TentativeTransaction, committed: CommittedState): void {
    // Each row once: a transaction may change one row thousands of times.
    const touched = new Set<TentativeRow>();
    for (const change of entry.changes) {
      const row = this.rowOf(change.table, change.key);
      row.changes.push({ entry, change });
      touched.add(row);
    }
    for (const row of touched) {
      if (row.changes[0]!.entry !== entry) {
        row.changes.sort((left, right) => compareTentative(left.entry, right.entry));
      }
      const { table, key } = row.changes[0]!.change;
      compute(row, committed.cells(table, key));
    }
  }

  remove(entry: TentativeTransaction, committed: CommittedState): void {
    const { replica, counter } = entry.transaction;
    const touched = new Set<TentativeRow>();
    for (const { table, key } of entry.changes) {
      const row = this.rows.get(table)?.get(key);
      if (row === undefined || touched.has(row)) continue;
      touched.add(row);
      row.changes = row.changes.filter(
        ({ entry: { transaction } }) =>
          transaction.replica !== replica || transaction.counter !== counter,
      );
      this.recompute(table, key, committed);
    }
  }

  /** Puts the row's changes on its committed cells again. */
  recompute(table: TableDef, key: string, committed: CommittedState): void {
    const rows = this.rows.get(table);
    const row = rows?.get(key);
    if (rows === undefined || row === undefined) return;
    if (row.changes.length === 0) {
      rows.delete(key);
      return;
    }
    compute(row, committed.cells(table, key));
  }

  /** After the committed state was exchanged as a whole. */
  recomputeAll(committed: CommittedState): void {
    for (const [table, rows] of this.rows) {
      for (const key of [...rows.keys()]) this.recompute(table, key, committed);
    }
  }

  private rowOf(table: TableDef, key: string): TentativeRow {
    let rows = this.rows.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.rows.set(table, rows);
    }
    let row = rows.get(key);
    if (row === undefined) {
      row = { changes: [], cells: undefined };
      rows.set(key, row);
    }
    return row;
  }
}

/** Puts the row's changes on its committed cells. */
function compute(row: TentativeRow, committed: readonly Cell[] | undefined): void {
  row.cells = committed;
  for (const { change } of row.changes) row.cells = applyTentative(change, row.cells);
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
