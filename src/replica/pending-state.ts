import type { Steps } from '../base/steps.ts';
import type { Commit, RowEffect } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { RowState } from '../change/row-state.ts';
import type { ChangedRow } from '../merge/evaluation.ts';
import type { TableDef } from '../schema/table-def.ts';

const heapPerRecordByte = 4;

/**
 * Commits that are ordered but not yet durable: what they made of the rows they touched, over the committed
 * state. Later transactions are evaluated against this view; readers never see it.
 */
export class PendingState {
  private readonly committed: CommittedState;
  private readonly rows = new Map<TableDef, Map<string, RowState>>();
  private readonly nextNumbers = new Map<TableDef, number>();
  private readonly commits: Commit[] = [];
  /** Of their records. */
  private readonly recordBytes: number[] = [];
  private recordBytesSum = 0;

  constructor(committed: CommittedState) {
    this.committed = committed;
  }

  /** Seq of the newest ordered commit. */
  get head(): number {
    return this.commits.at(-1)?.seq ?? this.committed.head;
  }

  /** An estimate of what the commits hold: cells on the heap take some times the bytes of their record. */
  get memoryBytes(): number {
    return this.recordBytesSum * heapPerRecordByte;
  }

  get length(): number {
    return this.commits.length;
  }

  row(table: TableDef, key: string): RowState | undefined {
    return this.rows.get(table)?.get(key) ?? this.committed.rowState(table, key);
  }

  /** Takes up what the next commit makes of a row: `rowAfter` gave `after`. Returns the effect for the log. */
  write(table: TableDef, key: string, after: RowState): RowEffect {
    const before = this.row(table, key);
    const number = before?.number ?? this.takeNumber(table);
    let rows = this.rows.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.rows.set(table, rows);
    }
    rows.set(key, { ...after, number });
    const { cells } = after;
    if (cells === undefined) {
      const mask = new Uint32Array(table.allColumns.length);
      return { kind: 'delete', table, key, number, mask, cells: [] };
    }
    const kind = before?.cells === undefined ? 'insert' : 'update';
    return { kind, table, key, number, mask: after.entries[0]!.mask, cells };
  }

  /** The same of many rows, in steps of so many. */
  *writeSteps(rows: readonly ChangedRow[], stepChangesMax: number): Steps<RowEffect[]> {
    const effects: RowEffect[] = [];
    for (const { table, key, after } of rows) {
      if (effects.length > 0 && effects.length % stepChangesMax === 0) yield;
      effects.push(this.write(table, key, after));
    }
    return effects;
  }

  add(commit: Commit, recordBytes: number): void {
    this.commits.push(commit);
    this.recordBytes.push(recordBytes);
    this.recordBytesSum += recordBytes;
  }

  /** Folds the oldest commit, durable now, into the columns. */
  fold(): Commit | undefined {
    const commit = this.commits.shift();
    if (commit === undefined) return undefined;
    this.recordBytesSum -= this.recordBytes.shift()!;
    this.committed.apply(commit);
    for (const effect of commit.effects) {
      const rows = this.rows.get(effect.table)!;
      // A later pending commit has touched the row again: its view stays.
      if (rows.get(effect.key)?.version === commit.seq) rows.delete(effect.key);
    }
    if (this.commits.length === 0) this.nextNumbers.clear();
    return commit;
  }

  /** Forgets all of it, and returns it: the log did not take these commits. */
  clear(): Commit[] {
    this.rows.clear();
    this.nextNumbers.clear();
    this.recordBytes.length = 0;
    this.recordBytesSum = 0;
    return this.commits.splice(0);
  }

  /** The number that the next new row gets. */
  nextNumber(table: TableDef): number {
    return this.nextNumbers.get(table) ?? this.committed.table(table).columns.slotEnd;
  }

  /** The number for a new row: the home gives them in the order of commits, without gaps. */
  private takeNumber(table: TableDef): number {
    const number = this.nextNumber(table);
    this.nextNumbers.set(table, number + 1);
    return number;
  }
}
