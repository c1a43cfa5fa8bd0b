import type { Limits } from '../base/limits.ts';
import { positionOf, type Seq } from '../base/seq.ts';
import type { Stamp } from '../base/stamp.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { RowDelta } from '../change/row-delta.ts';
import type { Transaction } from '../change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../merge/prepared.ts';
import type { Schema, TableDef } from '../schema/table-def.ts';
import type { RowSource } from '../table/row-source.ts';
import { CommittedCopy, type Kept } from './committed-copy.ts';
import type { ReplicaRow } from './replica-row.ts';
import { type Counted, TentativeQueue, type TentativeTransaction } from './tentative-queue.ts';
import { tentativeScopes } from './tentative-scopes.ts';
import { TentativeView } from './tentative-view.ts';

export interface ReplicaOptions {
  readonly schema: Schema;
  readonly limits: Limits;
  /** This replica's id: one install, one user, one database. */
  readonly id: string;
  /** True for a replica that serves others: it keeps deletions, and carries transactions of other writers. */
  readonly relay: boolean;
}

/**
 * Committed rows at a checkpoint, those that are staged, and tentative transactions on top: what a replica holds and shows,
 * whoever wrote it.
 */
export class ShownRows {
  readonly options: ReplicaOptions;
  readonly queue: TentativeQueue;
  readonly view = new TentativeView(() => this.committed);
  // A replica with a journal makes it of what was stored.
  protected readonly copy: CommittedCopy;

  constructor(options: ReplicaOptions) {
    this.options = options;
    this.copy = new CommittedCopy(options.schema, options.relay, options.limits.chainChecksMax);
    const { queueTransactionsMax, queueBytesMax } = options.limits;
    this.queue = new TentativeQueue(queueTransactionsMax, queueBytesMax);
  }

  /** State at the last checkpoint. */
  get committed(): CommittedState {
    return this.copy.state;
  }

  /** Where the next session goes on. Empty: from the start. */
  get cursor(): Uint8Array {
    return this.copy.cursor;
  }

  /** The cursor at the checkpoint that is shown; empty before the first. */
  get shownCursor(): Uint8Array {
    return this.copy.shownCursor;
  }

  /** Four bytes of the chain hash at a commit of that copy's log, or at its place in another history; a relay's, where it was told. */
  checkAt(seq: Seq): number | undefined {
    return this.copy.checkAt(positionOf(seq));
  }

  /** Whether a commit with this check is of a history that a copy before it was of, and that was lost; of a relay's. */
  hasLeftChain(seq: Seq, check: number): boolean {
    return this.copy.left.has(positionOf(seq), check);
  }

  /** False while the copy that is shown has failed its last proof: nobody else may be served from it. */
  get proven(): boolean {
    return this.copy.proven;
  }

  /** Whether the next checkpoint puts another copy in the place of the one that is shown. */
  get isReplaced(): boolean {
    return this.copy.isReplaced;
  }

  /** Whether a complete checkpoint was ever reached. */
  get synced(): boolean {
    return this.copy.synced;
  }

  /** The row as it is shown: tentative changes on top of the committed row. */
  row(table: TableDef, key: string): ReplicaRow | undefined {
    const state = this.committed.table(table);
    const slot = state.columns.slotOf(key);
    const live = slot >= 0 && state.columns.isLive(slot);
    const version = live ? state.versionOf(slot) : 0;
    if (this.view.has(table, key)) {
      const cells = this.view.cells(table, key);
      return cells === undefined ? undefined : { cells, version, pending: true };
    }
    return live ? { cells: state.columns.row(slot), version, pending: false } : undefined;
  }

  /** All rows of a table as they are shown, for queries. */
  rows(table: TableDef): RowSource {
    return { table: this.committed.table(table).columns, overlay: this.view.overlay(table) };
  }

  /**
   * Stages what a server sent, with the cursor behind it. Nothing of it is visible before the checkpoint. The first
   * deltas of a stream bring what it serves: the client may have asked for less, or a grant was taken back, and then
   * rows outside of it go at the checkpoint.
   */
  stage(deltas: readonly RowDelta[], cursor: Uint8Array, keep?: Kept): void {
    this.copy.stage(deltas, cursor, keep);
  }

  /** Begins a new copy beside the one that is shown; the queue stays as it is. */
  restart(): void {
    this.copy.restart();
  }

  /** See `tentativeScopes`. */
  scopesOf(prepared: PreparedTransaction): string[] | undefined {
    const versionsOf = (table: TableDef, key: string) =>
      this.view.versions(table, key, this.committed);
    return tentativeScopes(prepared, versionsOf, this.options.limits);
  }

  protected prepare(transaction: Transaction): PreparedTransaction {
    const { schema, limits } = this.options;
    return prepareTransaction(schema, limits, transaction, 'transaction');
  }

  protected take(
    prepared: PreparedTransaction,
    counted: Counted,
    orderStampMin?: Stamp,
  ): TentativeTransaction | undefined {
    const entry = this.queue.add(prepared, counted, orderStampMin);
    if (entry !== undefined) this.view.add(entry);
    return entry;
  }

  /** Takes what has left the queue out of what is shown. */
  protected hide(entries: readonly TentativeTransaction[]): void {
    this.view.remove(entries);
  }
}
