import type { Limits } from '../base/limits.ts';
import type { Stamp } from '../base/stamp.ts';
import type { Refusal } from '../change/commit.ts';
import type { RowState } from '../change/row-state.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { RowConflict } from './conflict.ts';
import type { RowRules } from './row-check.ts';

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
  /** Whether the writer may read a row of these scopes: nobody is told of a row what he could not read. */
  readonly mayRead: (scopes: readonly string[]) => boolean;
  readonly validate: RowRules;
}

/** A row that the transaction changed. */
export interface ChangedRow {
  readonly table: TableDef;
  readonly key: string;
  readonly before: RowState | undefined;
  readonly after: RowState;
}

export interface Evaluation {
  readonly stamp: Stamp;
  /** Empty where refused. */
  readonly rows: readonly ChangedRow[];
  readonly conflicts: readonly RowConflict[];
  readonly refusal: Refusal | undefined;
}
