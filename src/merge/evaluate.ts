import { SyncError } from '../base/errors.ts';
import {
  intersection,
  type Mask,
  maskHas,
  maskIndexes,
  maskIsEmpty,
  removeFromMask,
} from '../base/mask.ts';
import { boundedStamp, type Stamp, stampOf } from '../base/stamp.ts';
import { finish, StepCount, type Steps } from '../base/steps.ts';
import type { ChangeEntry } from '../change/change-index.ts';
import { type RowState, rowAfter } from '../change/row-state.ts';
import { sameValue } from '../schema/same-records.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import {
  columnsOf,
  contenderOf,
  type FieldConflict,
  type RowConflict,
  rowRule,
  settleFields,
  unknownEntries,
} from './conflict.ts';
import { etagOf } from './etag.ts';
import type { ChangedRow, Evaluation, EvaluationContext, EvaluationView } from './evaluation.ts';
import { localScopes, patched } from './local-scopes.ts';
import type { PreparedChange, PreparedTransaction } from './prepared.ts';
import { Refused } from './refused.ts';
import { bytesAtMost, checkRow, rowBytes } from './row-check.ts';
import { type Contender, mergeStrategies } from './strategy.ts';

/**
 * Evaluates a transaction at the home (design 5): who may, conditions, merge by field, checks. Changes nothing; one
 * failing change leaves nothing of the others.
 */
export function evaluate(
  view: EvaluationView,
  context: EvaluationContext,
  prepared: PreparedTransaction,
): Evaluation {
  return finish(evaluationSteps(view, context, prepared));
}

/** The same in steps, between which what the view shows must not change. */
export function* evaluationSteps(
  view: EvaluationView,
  context: EvaluationContext,
  prepared: PreparedTransaction,
): Steps<Evaluation> {
  const evaluator = new Evaluator(view, context, prepared);
  const stamp = yield* evaluator.stampSteps(prepared);
  const { conflicts } = evaluator;
  for (const [index, change] of prepared.changes.entries()) {
    if (evaluator.stepEnds) yield;
    try {
      evaluator.change(change, index);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { stamp, rows: [], conflicts: [], refusal: error.refusal(index, context.limits) };
    }
  }
  const rows = yield* evaluator.changedRows();
  return { stamp, rows, conflicts, refusal: undefined };
}

/** A row that the transaction has read, as it was before the transaction and as it is by now. */
interface DraftRow {
  readonly table: TableDef;
  readonly key: string;
  readonly before: RowState | undefined;
  after: RowState | undefined;
}

class Evaluator {
  readonly conflicts: RowConflict[] = [];
  private readonly view: EvaluationView;
  private readonly context: EvaluationContext;
  private readonly writer: number;
  private local: Contender;
  private readonly drafts = new Map<TableDef, Map<string, DraftRow>>();
  private readonly nameOf = (writer: number) => this.view.writerName(writer);
  private readonly count: StepCount;
  /** Of the rows that the change at hand has touched. */
  private touchedBytes = 0;
  /** Of the ledger entries. */
  private ledgerBytes = 0;

  constructor(view: EvaluationView, context: EvaluationContext, prepared: PreparedTransaction) {
    const { replica, counter } = prepared.transaction;
    this.view = view;
    this.context = context;
    this.writer = view.writerNumber(replica);
    this.local = { stamp: 0, replica, counter };
    this.count = new StepCount(context.limits);
  }

  /** One stamp for the whole commit: past everything that the writer had seen of the rows it touches. */
  *stampSteps(prepared: PreparedTransaction): Steps<Stamp> {
    const { nowMs, limits } = this.context;
    let seen = 0;
    for (const [index, change] of prepared.changes.entries()) {
      if (index > 0 && index % limits.stepChangesMax === 0) yield;
      const { before } = this.draft(change.table, change.key);
      // Also the outcome of a refused transaction has the stamp.
      if (before === undefined || this.isHidden(before)) continue;
      for (const entry of before.entries) {
        if (this.knows(change, entry)) seen = Math.max(seen, entry.stamp);
      }
    }
    const { stamp: told } = prepared.transaction;
    const written = told === 0 ? stampOf(nowMs) : told;
    const stamp = boundedStamp(written, seen, nowMs, limits.stampAheadMsMax);
    this.local = { ...this.local, stamp };
    return stamp;
  }

  /** Rows that the transaction leaves otherwise than it found them. */
  *changedRows(): Steps<ChangedRow[]> {
    const changed: ChangedRow[] = [];
    let visits = 0;
    for (const drafts of this.drafts.values()) {
      for (const { table, key, before, after } of drafts.values()) {
        if (visits > 0 && visits % this.context.limits.stepChangesMax === 0) yield;
        visits++;
        if (after !== undefined && after !== before) changed.push({ table, key, before, after });
      }
    }
    return changed;
  }

  /** Whether the next change begins another step. */
  get stepEnds(): boolean {
    return this.count.ends();
  }

  change(change: PreparedChange, index: number): void {
    this.touchedBytes = 0;
    this.evaluate(change, index);
    this.count.add(this.touchedBytes);
  }

  private evaluate(change: PreparedChange, index: number): void {
    const draft = this.draftFor(change);
    const row = draft.after;
    // Before anything is said of the row: conditions and conflicts tell of it.
    if (row?.cells !== undefined) this.authorise(change.table, row.scopes);
    this.checkConditions(change, draft);
    if (row?.cells === undefined) this.onAbsent(draft, change, index);
    else if (change.operation === 'delete') this.onDelete(draft, row, change, index);
    else this.onLive(draft, row, row.cells, change, index);
  }

  /**
   * The row as far as the change may tell of it: a patch or a delete of one that is hidden is answered like one of any
   * absent row. A put cannot be answered so, for it would have to make the row: its refusal tells that there is one.
   */
  private draftFor({ operation, table, key }: PreparedChange): DraftRow {
    const draft = this.draft(table, key);
    if (operation === 'put' || !this.isHidden(draft.after)) return draft;
    return { table, key, before: undefined, after: undefined };
  }

  /** True of a row that the writer may neither read nor write: to it there is none. */
  private isHidden(row: RowState | undefined): boolean {
    const { mayRead, mayWrite } = this.context;
    return row !== undefined && !mayRead(row.scopes) && !mayWrite(row.scopes);
  }

  private draft(table: TableDef, key: string): DraftRow {
    let drafts = this.drafts.get(table);
    if (drafts === undefined) {
      drafts = new Map();
      this.drafts.set(table, drafts);
    }
    const known = drafts.get(key);
    if (known !== undefined) return known;
    const before = this.view.row(table, key);
    const draft = { table, key, before, after: before };
    drafts.set(key, draft);
    return draft;
  }

  /** Only committed versions have etags: earlier changes of the transaction give the row no other one. */
  private checkConditions(change: PreparedChange, { before, after }: DraftRow): void {
    const exists = after?.cells !== undefined;
    const etag = before?.cells === undefined ? '' : etagOf(before.version);
    // Who may write the row and not read it is told that it has another version, and not which.
    const told = this.mayTell(before) ? etag : '';
    if (change.ifMatch !== '' && !(exists && change.ifMatch === etag)) {
      const is = told === '' ? 'another' : told;
      const now = exists && etag !== '' ? `the row's etag is ${is}` : 'there is no such row';
      throw new Refused('ETAG_MISMATCH', `if_match is ${change.ifMatch}, but ${now}`, {
        currentEtag: told,
      });
    }
    if (change.ifNoneMatch && exists) {
      throw new Refused('ROW_EXISTS', 'the row exists already', { currentEtag: told });
    }
  }

  /** Whether the writer may be told what is in the row, if it is there. */
  private mayTell(before: RowState | undefined): boolean {
    return before?.cells === undefined || this.context.mayRead(before.scopes);
  }

  private onAbsent(draft: DraftRow, change: PreparedChange, index: number): void {
    if (change.operation === 'delete') return;
    const row = draft.after;
    if (row !== undefined) {
      // Its scopes stay those that it was deleted from.
      this.authorise(change.table, row.scopes);
      const deletion = row.entries[0]!;
      if (!this.knows(change, deletion)) {
        // A deleted row comes back only by a write that saw the delete.
        const fields = atStake(change.table, change.mask, 'server-wins', false);
        this.dispute(draft, change, index, deletion, fields, true);
        return;
      }
    }
    if (change.operation === 'patch') throw this.absentForPatch(change);
    this.write(draft, change.cells);
  }

  private absentForPatch(change: PreparedChange): Refused {
    const { table, key, baseCounter } = change;
    const { replica, counter } = this.local;
    const isOwn = baseCounter > 0 && baseCounter < counter;
    if (isOwn && this.view.wasRefused(replica, baseCounter)) {
      const message = `transaction ${baseCounter}, on which it builds, was refused`;
      return new Refused('DEPENDS_ON_REFUSED', message);
    }
    return new Refused('ROW_NOT_FOUND', `${table.name} has no row ${JSON.stringify(key)}`);
  }

  private onDelete(draft: DraftRow, row: RowState, change: PreparedChange, index: number): void {
    const { table } = change;
    const unknown = this.unknown(row, change);
    const newest = unknown[0];
    if (newest !== undefined) {
      const rule = rowRule(table);
      const stronger = unknown.find(
        (entry) => mergeStrategies[rule](this.local, contenderOf(entry, this.nameOf)) === 'remote',
      );
      const localWon = stronger === undefined;
      const stake = columnsOf(unknown, table);
      removeFromMask(stake, table.key);
      const fields = atStake(table, stake, rule, localWon);
      this.dispute(draft, change, index, stronger ?? newest, fields, true);
      if (!localWon) return;
    }
    this.write(draft, undefined);
  }

  private onLive(
    draft: DraftRow,
    row: RowState,
    current: readonly Cell[],
    change: PreparedChange,
    index: number,
  ): void {
    const { table, cells } = change;
    const mask = this.differing(table, current, change);
    const unknown = this.unknown(row, change);
    const conflicting = intersection(mask, columnsOf(unknown, table));
    if (!maskIsEmpty(conflicting)) {
      const { local, nameOf } = this;
      const dispute = { table, local, localCells: cells, unknown, nameOf };
      const fields = settleFields(dispute, conflicting);
      for (const { column, localWon } of fields) {
        if (!localWon) removeFromMask(mask, column.index);
      }
      const newest = unknown.find(
        (entry) => !maskIsEmpty(intersection(columnsOf([entry], table), conflicting)),
      );
      this.dispute(draft, change, index, newest!, fields, false);
    }
    if (!maskIsEmpty(mask)) this.write(draft, patched(current, cells, mask));
  }

  /** Columns of the change whose values the row does not have already. */
  private differing(table: TableDef, current: readonly Cell[], change: PreparedChange): Mask {
    const mask = change.mask.slice();
    for (const index of maskIndexes(mask)) {
      const column = table.columns[index]!;
      if (sameValue(column, current[index]!, change.cells[index]!)) removeFromMask(mask, index);
    }
    return mask;
  }

  private dispute(
    draft: DraftRow,
    change: PreparedChange,
    changeIndex: number,
    newest: ChangeEntry,
    fields: readonly FieldConflict[],
    aboutDelete: boolean,
  ): void {
    const base = this.baseOf(change);
    const remote = contenderOf(newest, this.nameOf);
    // What others changed was there before the transaction.
    const met = draft.before!;
    this.countEntry(change, met);
    const scopes = localScopes(change, draft.after!, this.context.limits);
    const conflict = { changeIndex, base, met, remote, fields, aboutDelete };
    this.conflicts.push({ ...conflict, localScopes: scopes });
  }

  /** Each entry has both versions, however often a transaction meets one row: what was little to send may become a lot. */
  private countEntry({ table, cells }: PreparedChange, met: RowState): void {
    const bytes = rowBytes(table, cells) + rowBytes(table, met.cells ?? []);
    const { ledgerBytesMax } = this.context.limits;
    this.touchedBytes += bytes;
    this.ledgerBytes += bytes;
    if (this.ledgerBytes <= ledgerBytesMax) return;
    const message = `the ledger's entries of this transaction would have more than ${ledgerBytesMax} bytes`;
    throw new Refused('LEDGER_TOO_LARGE', `${message}: send it in several`);
  }

  /** Checks the row that would result, and takes it up. */
  private write(draft: DraftRow, cells: readonly Cell[] | undefined): void {
    const { table, before } = draft;
    const { seq } = this.context;
    const scopes = cells === undefined ? [] : this.scopesOf(table, cells);
    if (cells !== undefined) {
      this.authorise(table, scopes);
      this.check(draft, cells);
      this.touchedBytes += bytesAtMost(cells);
    }
    const { local, writer } = this;
    const { stamp } = local;
    draft.after = rowAfter(table, before, { seq, stamp, writer, cells, scopes });
  }

  private check({ table, before, after }: DraftRow, cells: readonly Cell[]): void {
    const { limits, validate } = this.context;
    try {
      checkRow(table, after?.cells, cells, validate, limits);
    } catch (error) {
      if (!(error instanceof Refused) || this.mayTell(before)) throw error;
      // What a rule says of a row may quote what others wrote in it.
      throw error.withoutDetails(`the row of ${table.name} would break its rules or limits`);
    }
  }

  private scopesOf(table: TableDef, cells: readonly Cell[]): readonly string[] {
    try {
      return scopesOf(table, cells, this.context.limits);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      throw new Refused(error.reason, error.message, { violations: error.fields });
    }
  }

  private authorise(table: TableDef, scopes: readonly string[]): void {
    if (this.context.mayWrite(scopes)) return;
    const message = `the caller may not write rows of ${table.name} in these scopes`;
    throw new Refused('SCOPE_DENIED', message);
  }

  private unknown(row: RowState, change: PreparedChange): ChangeEntry[] {
    return unknownEntries(row.entries, (entry) => this.knows(change, entry));
  }

  /** Whether the change's writer knew of an edit: it had seen it, or made it, here or in an earlier transaction. */
  private knows(change: PreparedChange, entry: ChangeEntry): boolean {
    // An `if_match` that holds names the version that the writer saw, whatever its base says.
    if (change.ifMatch !== '') return true;
    if (entry.seq === this.context.seq || entry.seq <= this.baseOf(change)) return true;
    return this.context.knowsOwnWrites && entry.writer === this.writer;
  }

  /**
   * The seq up to which the change's writer knew the row. Whoever saw no row where there was one knew nothing of it: the
   * row was in a scope, or of a table, that the writer does not hold.
   */
  private baseOf(change: PreparedChange): number {
    const base = change.base ?? this.view.head;
    if (!change.baseAbsent) return base;
    const { before } = this.draft(change.table, change.key);
    return before?.cells !== undefined && createdAt(before, change.table) <= base ? 0 : base;
  }
}

/** Seq at which a live row was made, or came back: nobody changes the key, so its column stays with that entry. */
function createdAt({ entries }: RowState, { key }: TableDef): number {
  return entries.find(({ mask }) => maskHas(mask, key))!.seq;
}

/** Fields of a row of which one side is a delete: one rule for all of them. */
function atStake(
  table: TableDef,
  mask: Mask,
  rule: FieldConflict['rule'],
  localWon: boolean,
): FieldConflict[] {
  return maskIndexes(mask).map((index) => ({ column: table.columns[index]!, rule, localWon }));
}
