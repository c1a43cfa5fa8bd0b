import { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import {
  emptyMask,
  intersection,
  type Mask,
  maskHas,
  maskIndexes,
  maskIsEmpty,
  removeFromMask,
} from '../base/mask.ts';
import { boundedStamp, type Stamp, stampOf } from '../base/stamp.ts';
import { type ChangeEntry, withChange } from '../change/change-index.ts';
import type { Refusal } from '../change/commit.ts';
import type { RowState } from '../change/table-state.ts';
import { cellsEqual } from '../schema/cell.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { columnsOf, type RowConflict, settleFields, unknownEntries } from './conflict.ts';
import { etagOf } from './etag.ts';
import type { PreparedChange, PreparedTransaction } from './prepared.ts';
import { type Contender, mergeStrategies } from './strategy.ts';

/** What evaluating asks of the state. */
export interface EvaluationView {
  /** The row, live or deleted, with all that is ordered before; undefined where the key was never there. */
  row(table: TableDef, key: string): RowState | undefined;
  /** Seq of the newest ordered commit. */
  readonly head: number;
  writerNumber(replica: string): number;
  writerName(writer: number): string;
  /** Whether the home refused this earlier transaction. */
  wasRefused(replica: string, counter: number): boolean;
}

/** What evaluating asks of the caller. */
export interface EvaluationContext {
  /** Seq that the commit will have. */
  readonly seq: number;
  readonly nowMs: number;
  readonly limits: Limits;
  /** False where many callers share one writer's name: then its earlier edits may be unknown to this one. */
  readonly knowsOwnWrites: boolean;
  /** Whether the writer may write a row of these scopes; called with those before and those after. */
  readonly mayWrite: (scopes: readonly string[]) => boolean;
  /** The team's own constraints: undefined where the row satisfies them. */
  readonly validate: (table: TableDef, cells: readonly Cell[]) => SyncError | undefined;
}

/** A row that the transaction changed. */
export interface ChangedRow {
  readonly table: TableDef;
  readonly key: string;
  readonly before: RowState | undefined;
  readonly after: RowState;
  /** Columns that changed, where it was live before and is after. */
  readonly mask: Mask;
}

export interface Evaluation {
  readonly stamp: Stamp;
  /** Empty where refused. */
  readonly rows: readonly ChangedRow[];
  readonly conflicts: readonly RowConflict[];
  readonly refusal: Refusal | undefined;
}

/** Leaves the transaction at the first change that cannot be. */
class Refused extends Error {
  readonly refusal: Omit<Refusal, 'changeIndex'>;

  constructor(reason: string, message: string, currentEtag = '') {
    super(message);
    this.refusal = { reason, message, currentEtag };
  }
}

/**
 * Evaluates a transaction at the home (design 5): conditions, merge by field, checks. Changes nothing; one
 * failing change leaves nothing of the others.
 */
export function evaluate(
  view: EvaluationView,
  context: EvaluationContext,
  prepared: PreparedTransaction,
): Evaluation {
  const evaluator = new Evaluator(view, context, prepared);
  for (const [index, change] of prepared.changes.entries()) {
    try {
      evaluator.change(change, index);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const refusal = { ...error.refusal, changeIndex: index };
      return { stamp: evaluator.stamp, rows: [], conflicts: [], refusal };
    }
  }
  const { stamp, conflicts } = evaluator;
  return { stamp, rows: evaluator.changedRows(), conflicts, refusal: undefined };
}

class Evaluator {
  readonly stamp: Stamp;
  readonly conflicts: RowConflict[] = [];
  private readonly view: EvaluationView;
  private readonly context: EvaluationContext;
  private readonly writer: number;
  private readonly local: Contender;
  private readonly rows = new Map<TableDef, Map<string, ChangedRow>>();

  constructor(view: EvaluationView, context: EvaluationContext, prepared: PreparedTransaction) {
    const { replica, counter } = prepared.transaction;
    this.view = view;
    this.context = context;
    this.writer = view.writerNumber(replica);
    this.stamp = this.commitStamp(prepared);
    this.local = { stamp: this.stamp, replica, counter };
  }

  changedRows(): ChangedRow[] {
    return [...this.rows.values()].flatMap((rows) => [...rows.values()]);
  }

  change(change: PreparedChange, index: number): void {
    const row =
      this.rows.get(change.table)?.get(change.key)?.after ??
      this.view.row(change.table, change.key);
    const live = row?.cells !== undefined;
    this.checkConditions(change, live ? etagOf(row.version) : '');
    if (row === undefined || !live) this.onAbsent(change, row, index);
    else if (change.operation === 'delete') this.deleteLive(change, row, index);
    else this.updateLive(change, row, row.cells as readonly Cell[], index);
  }

  private checkConditions(change: PreparedChange, etag: string): void {
    if (change.ifMatch !== '' && change.ifMatch !== etag) {
      const now = etag === '' ? 'there is no such row' : `the row's etag is ${etag}`;
      throw new Refused('ETAG_MISMATCH', `if_match is ${change.ifMatch}, but ${now}`, etag);
    }
    if (change.ifNoneMatch && etag !== '')
      throw new Refused('ROW_EXISTS', 'the row exists already', etag);
  }

  private onAbsent(change: PreparedChange, row: RowState | undefined, index: number): void {
    if (change.operation === 'delete') return;
    const unknown = row === undefined ? [] : this.unknown(row, change);
    if (row !== undefined && unknown.length > 0) {
      // A deleted row comes back only by a write that saw the delete.
      this.conflicts.push({
        changeIndex: index,
        met: row,
        fields: [],
        aboutDelete: true,
        localWon: false,
      });
      return;
    }
    if (change.operation === 'patch') throw this.absentForPatch(change);
    this.write(change.table, change.key, row, change.cells, change.table.allColumns);
  }

  private absentForPatch(change: PreparedChange): Refused {
    const { replica, counter } = this.local;
    const refused = change.baseCounter > 0 && change.baseCounter < counter;
    if (refused && this.view.wasRefused(replica, change.baseCounter)) {
      return new Refused(
        'DEPENDS_ON_REFUSED',
        `transaction ${change.baseCounter}, on which it builds, was refused`,
      );
    }
    return new Refused(
      'ROW_NOT_FOUND',
      `${change.table.name} has no row ${JSON.stringify(change.key)}`,
    );
  }

  private deleteLive(change: PreparedChange, row: RowState, index: number): void {
    const unknown = this.unknown(row, change);
    if (unknown.length > 0) {
      const newest = unknown[0]!;
      const remote = {
        stamp: newest.stamp,
        replica: this.view.writerName(newest.writer),
        counter: 0,
      };
      const rule = change.table.columns[change.table.key]!.merge;
      const localWon = mergeStrategies[rule](this.local, remote) === 'local';
      this.conflicts.push({
        changeIndex: index,
        met: row,
        fields: [],
        aboutDelete: true,
        localWon,
      });
      if (!localWon) return;
    }
    this.write(change.table, change.key, row, undefined, emptyMask(change.table.columns.length));
  }

  private updateLive(
    change: PreparedChange,
    row: RowState,
    current: readonly Cell[],
    index: number,
  ): void {
    const { table } = change;
    const mask = change.mask.slice();
    for (const column of maskIndexes(mask)) {
      const kind = table.columns[column]!.kind;
      if (cellsEqual(kind, current[column] as Cell, change.cells[column] as Cell))
        removeFromMask(mask, column);
    }
    const unknown = this.unknown(row, change);
    const conflicting = intersection(mask, columnsOf(unknown, table.columns.length));
    if (!maskIsEmpty(conflicting)) {
      const name = (writer: number) => this.view.writerName(writer);
      const fields = settleFields(table.columns, conflicting, unknown, this.local, name);
      for (const field of fields) if (!field.localWon) removeFromMask(mask, field.column.index);
      const localWon = fields.some((field) => field.localWon);
      this.conflicts.push({ changeIndex: index, met: row, fields, aboutDelete: false, localWon });
    }
    if (maskIsEmpty(mask)) return;
    const cells = current.map((cell, column) =>
      maskHas(mask, column) ? (change.cells[column] as Cell) : cell,
    );
    this.write(table, change.key, row, cells, mask);
  }

  /** Checks the row that would result, and takes it up. */
  private write(
    table: TableDef,
    key: string,
    row: RowState | undefined,
    cells: readonly Cell[] | undefined,
    mask: Mask,
  ): void {
    this.authorise(table, row?.cells);
    this.authorise(table, cells);
    const invalid = cells === undefined ? undefined : this.context.validate(table, cells);
    if (invalid !== undefined) throw new Refused(invalid.reason, invalid.message);
    const { seq } = this.context;
    const change = { seq, stamp: this.stamp, writer: this.writer, mask };
    const fresh = row?.cells === undefined || cells === undefined;
    const entries = fresh ? [change] : withChange(row.entries, change);
    const earlier = this.rows.get(table)?.get(key);
    const after: RowState = { cells, version: seq, number: row?.number ?? -1, entries };
    const changed: ChangedRow = {
      table,
      key,
      before: earlier === undefined ? row : earlier.before,
      after,
      mask: earlier === undefined ? mask : mask.map((word, at) => word | earlier.mask[at]!),
    };
    if (!this.rows.has(table)) this.rows.set(table, new Map());
    this.rows.get(table)!.set(key, changed);
  }

  private authorise(table: TableDef, cells: readonly Cell[] | undefined): void {
    if (cells === undefined) return;
    let scopes: readonly string[];
    try {
      scopes = scopesOf(table, cells, this.context.limits);
    } catch (error) {
      if (error instanceof SyncError) throw new Refused(error.reason, error.message);
      throw error;
    }
    if (!this.context.mayWrite(scopes)) {
      throw new Refused(
        'SCOPE_DENIED',
        `the caller may not write rows of ${table.name} in these scopes`,
      );
    }
  }

  private unknown(row: RowState, change: PreparedChange): ChangeEntry[] {
    const self = this.context.knowsOwnWrites ? this.writer : -1;
    // What this transaction itself did to the row stands at its own seq.
    return unknownEntries(row, this.baseOf(change), self).filter(
      (entry) => entry.seq !== this.context.seq,
    );
  }

  private baseOf(change: PreparedChange): number {
    return change.base ?? this.view.head;
  }

  /** One stamp for the whole commit: past everything that the writer had seen of the rows it touches. */
  private commitStamp(prepared: PreparedTransaction): Stamp {
    const { nowMs, limits } = this.context;
    let seen = 0;
    for (const change of prepared.changes) {
      const base = this.baseOf(change);
      for (const entry of this.view.row(change.table, change.key)?.entries ?? []) {
        if (entry.seq <= base || entry.writer === this.writer) seen = Math.max(seen, entry.stamp);
      }
    }
    const written = prepared.transaction.stamp === 0 ? stampOf(nowMs) : prepared.transaction.stamp;
    return boundedStamp(written, seen, nowMs, limits.stampAheadMsMax);
  }
}
