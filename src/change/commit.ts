import type { FieldViolation } from '../base/errors.ts';
import type { Mask } from '../base/mask.ts';
import type { Stamp } from '../base/stamp.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';

/**
 * What a commit does to one row: the cells that result. Whoever applies it runs no merge rule and no check
 * again.
 */
export interface RowEffect {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly table: TableDef;
  readonly key: string;
  readonly number: number;
  /** Update: the columns that changed. Insert: all. Delete: none. */
  readonly mask: Mask;
  /** Insert and update: one cell for each column; only those of `mask` count. */
  readonly cells: readonly Cell[];
}

/** Why a transaction was refused. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
  readonly changeIndex: number;
  /** The row's etag where `if_match` or `if_none_match` failed. */
  readonly currentEtag: string;
  /** Where the row breaks rules: which of its fields, by their paths within it, and how. Not all, if there are many. */
  readonly violations: readonly FieldViolation[];
  /**
   * Of what is unordered because another is missing: the counter that has its place next. Above the transaction's own where
   * a relay holds what comes behind both.
   */
  readonly expectedCounter?: number;
}

/** What became of a transaction. */
export interface Outcome {
  readonly replica: string;
  readonly counter: number;
  readonly status: 'committed' | 'refused' | 'held' | 'unordered';
  /** Only where refused or unordered. */
  readonly refusal: Refusal | undefined;
  /** Committed: its entries in the ledger. Where there are any, not every value that it wrote need stand. */
  readonly conflicts: number;
}

/** Why something could not be ordered, as an error says it. */
interface Unorderable {
  readonly reason: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What could not be ordered is an outcome too, so that others of its push go on. */
export function unorderedOutcome(
  { replica, counter }: Pick<Outcome, 'replica' | 'counter'>,
  { reason, message, metadata }: Unorderable,
): Outcome {
  const expected = metadata?.expected_counter;
  const refusal = {
    ...{ reason, message, changeIndex: 0, currentEtag: '', violations: [] },
    ...(expected === undefined ? {} : { expectedCounter: Number(expected) }),
  };
  return { replica, counter, status: 'unordered', refusal, conflicts: 0 };
}

/** That of a transaction which a relay carries on, until the home has judged it. */
export function heldOutcome({ replica, counter }: Pick<Outcome, 'replica' | 'counter'>): Outcome {
  return { replica, counter, status: 'held', refusal: undefined, conflicts: 0 };
}

/** How far a writer's transactions are settled. The digest tells by which: a counter alone may be another device's. */
export interface Settled {
  readonly counter: number;
  /** Digest of the transaction with that counter; empty before the first. */
  readonly digest: Uint8Array;
}

/** Before a writer's first transaction. */
export const nothingSettled: Settled = { counter: 0, digest: new Uint8Array(0) };

/** One entry of the log: the effects and the outcome of one transaction. */
export interface Commit {
  readonly seq: number;
  /** The home's clock, milliseconds since 1970. */
  readonly atMs: number;
  /** The stamp of every row that it changes. */
  readonly stamp: Stamp;
  readonly replica: string;
  readonly counter: number;
  /** Sorted by table index, then row number; one for each row. */
  readonly effects: readonly RowEffect[];
}
