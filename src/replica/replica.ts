import { assert } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Seq } from '../base/seq.ts';
import { nextStamp, type Stamp } from '../base/stamp.ts';
import type { Outcome, Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Checkpoint, RowDelta } from '../change/row-delta.ts';
import { type Change, digestOf, type Transaction } from '../change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../merge/prepared.ts';
import type { Schema, TableDef } from '../schema/table-def.ts';
import type { RowSource } from '../table/row-source.ts';
import { isOtherBranch } from './branch.ts';
import { CommittedCopy, type Kept } from './committed-copy.ts';
import { KeptTransactions } from './kept-transactions.ts';
import { nextReplicaId } from './next-id.ts';
import { onWhatIsSeen } from './on-what-is-seen.ts';
import { OwnChain } from './own-chain.ts';
import { type ParkedTransaction, refusedOf } from './parked-transaction.ts';
import { lostRows, type QuarantinedRow } from './quarantine.ts';
import { renumbered } from './renumber.ts';
import { replicaForked } from './replica-errors.ts';
import type { ReplicaRow } from './replica-row.ts';
import type { SavedWrites } from './saved-writes.ts';
import { SettledPositions } from './settled-positions.ts';
import { settledOutcome } from './system-rows.ts';
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

/** A change without what only the replica knows: what it is based on. */
export type Edit = Omit<Change, 'base' | 'baseAbsent' | 'baseCounter'>;

/** What a checkpoint brought. */
export interface CheckpointResult {
  /** False: this copy is not what the server says; the caller begins anew with an empty cursor. */
  readonly proven: boolean;
  /** Outcomes of this replica's own transactions that it settled. */
  readonly settled: readonly Outcome[];
}

/**
 * Committed state at a checkpoint and a queue of tentative transactions on top: what a phone, a desktop, an edge
 * server or a field laptop is (design 2). It reads and writes at once, whatever the network does. Pure: sessions
 * bring it deltas and carry its transactions.
 *
 * Deltas are staged and become visible at a checkpoint, all at once and together with the end of the
 * transactions that it covers.
 */
export class Replica {
  readonly options: ReplicaOptions;
  readonly queue: TentativeQueue;
  readonly view = new TentativeView();
  parked: readonly ParkedTransaction[] = [];
  /** Rows that others had in a history that was lost, and that are otherwise now: for the app or a person to judge. */
  quarantined: readonly QuarantinedRow[] = [];
  readonly kept: KeptTransactions;
  // A replica with a journal makes these of what was stored.
  protected readonly copy: CommittedCopy;
  protected chain: OwnChain;
  protected formerIds: readonly string[];
  /** By former id: the counter up to which what is queued is this replica's own, and settled. */
  protected readonly settledBefore = new Map<string, number>();
  protected readonly positions = new SettledPositions();
  /** Where the history of the copy that is shown was lost, as far as that was told. */
  protected forkedAt: Seq | undefined;

  /** `saved` is what an earlier run stored; its rows come again with the first sync. */
  constructor(options: ReplicaOptions, saved?: SavedWrites) {
    this.options = options;
    this.copy = new CommittedCopy(options.schema, options.relay);
    this.queue = new TentativeQueue(options.limits.queueTransactionsMax);
    this.chain = new OwnChain(options.id, this.queue, saved);
    this.kept = new KeptTransactions(options.limits, saved?.kept);
    this.formerIds = saved?.former ?? [];
    if (saved === undefined) return;
    // Limits may have been higher then; nobody's edits are refused a second time.
    for (const stored of [...saved.own, ...saved.others]) this.take(this.prepare(stored), 'none');
    // An earlier run may have handed them out.
    this.seal();
  }

  /** Who writes here: the id that it was opened with, until that turns out to be another device's too. */
  get id(): string {
    return this.chain.id;
  }

  /** Ids that it had before, newest last: what was settled under them is still told of them. */
  get former(): readonly string[] {
    return this.formerIds;
  }

  /** Counter of this replica's newest transaction; 0 where it never wrote. */
  get lastCounter(): number {
    return this.chain.counter;
  }

  /** Counter of the newest one that is settled, as far as this replica was told. */
  get lastSettled(): number {
    return this.chain.settled;
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

  /** False while the copy that is shown has failed its last proof: nobody else may be served from it. */
  get proven(): boolean {
    return this.copy.proven;
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
   * Writes: queues a transaction of this replica and shows it at once. INVALID_ARGUMENT where a change is not
   * well formed: nothing is queued then. Each change's base is the checkpoint that this replica stands at, and whether
   * its copy has the row there; its stamp is past those of the tentative edits that it is made on, so it shows even
   * where their writer's clock is ahead.
   */
  write(changes: readonly Edit[], nowMs: number): Transaction {
    const base = this.committed.head;
    const stamp = nextStamp(nowMs, this.chain.stamp);
    const draft: Transaction = {
      replica: this.id,
      counter: this.lastCounter + 1,
      previousDigest: new Uint8Array(0),
      stamp,
      schemaVersion: this.options.schema.version,
      changes: changes.map((change) => ({ ...change, base, baseAbsent: false, baseCounter: 0 })),
    };
    const prepared = onWhatIsSeen(this.prepare(draft), this.committed, this.view);
    // What others have waiting keeps nobody from writing.
    this.take(prepared, 'writer');
    // Another's clock that runs ahead is not taken over: it would win this replica all its later conflicts.
    this.chain.wrote(draft.counter, stamp);
    return prepared.transaction;
  }

  /** Takes up another writer's tentative transaction. False where it is known or settled already. */
  receive(transaction: Transaction): boolean {
    assert(transaction.replica !== this.id, 'a replica does not receive its own transactions');
    if (transaction.counter <= this.settledOf(transaction.replica).counter) return false;
    return this.enqueue(transaction) !== undefined;
  }

  /** How far a writer is settled as far as this replica knows. */
  settledOf(replica: string): Settled {
    return this.positions.of(replica, this.committed);
  }

  /** False where what is settled under this replica's id is not what it wrote: another device has it too. */
  agrees(settled: Settled): boolean {
    return this.chain.agrees(settled);
  }

  /**
   * Transactions to send, in each writer's order: this replica's own, a relay's of all writers. Handing one out
   * seals it: from now on it keeps its bytes, whatever becomes of the network.
   */
  outgoing(sent: ReadonlyMap<string, number>): Transaction[] {
    this.seal();
    const replicas = this.options.relay ? this.queue.replicas() : [this.id];
    return replicas.flatMap((replica) => {
      const waiting = this.queue.behind(replica, sent.get(replica) ?? 0);
      return waiting.map(({ transaction }) => transaction);
    });
  }

  /** Fixes the bytes of this replica's own transactions: they are about to be handed out. */
  seal(): void {
    this.chain.seal();
  }

  /**
   * Goes on under another id, since the one it had is another device's too. `outcomes` are those of its queued
   * transactions that the home has settled, from the first on: they stay in view as another writer's until a
   * checkpoint covers them. All others become the new id's, from counter 1; none of them may have been ordered.
   *
   * The id follows from the first of these: copies of one phone that all wait with it take the same id, so it is
   * ordered once, and a crash before the new id is stored does no harm. Where nothing waits it is made of `entropy`.
   */
  takeIdentity(outcomes: readonly Outcome[], entropy: Uint8Array): void {
    const before = this.id;
    this.seal();
    const queued = this.queue.of(before);
    this.park(queued.slice(0, outcomes.length), outcomes);
    const last = this.chain.settled + outcomes.length;
    const moved = this.queue.cut(before, last);
    this.hide(moved);
    const [first] = moved;
    const id = nextReplicaId(before, first === undefined ? entropy : digestOf(first.transaction));
    // Another copy may have passed some on under the id that both take.
    this.hide(this.queue.drop(id));
    this.chain = new OwnChain(id, this.queue);
    this.settledBefore.set(before, last);
    this.formerIds = [...this.formerIds, before].slice(-this.options.limits.formerIdsMax);
    for (const entry of moved) {
      const prepared = renumbered(entry, id, last);
      this.take(prepared, 'none', entry.orderStamp);
      this.chain.wrote(prepared.transaction.counter, prepared.transaction.stamp);
    }
    // A copy may have handed them out.
    this.seal();
  }

  /**
   * Stages what a server sent, with the cursor behind it. Nothing of it is visible before the checkpoint. The first
   * deltas of a stream bring what it serves: the client may have asked for less, or a grant was taken back, and then
   * rows outside of it go at the checkpoint.
   */
  stage(deltas: readonly RowDelta[], cursor: Uint8Array, keep?: Kept): void {
    this.copy.stage(deltas, cursor, keep);
  }

  /**
   * Makes the staged deltas visible, drops the transactions that the checkpoint covers in the same step, and
   * proves that this copy holds what the server says. Where it does not, nothing is settled: the outcome of a
   * transaction stands in this very copy.
   *
   * FAILED_PRECONDITION REPLICA_FORKED where it settles under this replica's id what this replica did not write. Nothing
   * was done then, for those that it would drop here are others.
   */
  checkpoint(checkpoint: Checkpoint): CheckpointResult {
    const own = checkpoint.settled.get(this.id);
    if (own !== undefined && !this.agrees(own)) throw replicaForked(this.id, own.counter);
    const before = this.committed;
    const { proven, touched } = this.copy.advance(checkpoint);
    if (touched === 'all') this.positions.renewed();
    const settled = proven ? this.settleAll(checkpoint.settled) : [];
    if (proven) this.kept.follow(this.committed, this.id, own?.counter);
    if (touched === 'all') this.exchanged(before);
    else for (const { table, key } of touched) this.view.recompute(table, key, this.committed);
    return { proven, settled };
  }

  /**
   * The home does not have this history behind `forkedAt`, which is 0 where that is not known: a new copy is built, and
   * rows that are lost with the old one are quarantined then.
   */
  forked(forkedAt: Seq): void {
    this.positions.forget();
    this.forkedAt = forkedAt;
    this.restart();
  }

  /**
   * The home has settled this replica's own transactions up to `position` only, and had settled more: what it lost is
   * queued again, as it was. False where some of that is not kept any more: then the rest can only go on under another
   * identity.
   */
  reopen(position: Settled): boolean {
    this.positions.forget();
    const taken = this.kept.takeBehind(this.id, position.counter);
    this.parked = this.parked.filter(
      ({ outcome: { replica, counter } }) => replica !== this.id || counter <= position.counter,
    );
    const last = this.chain.rewind(taken[0] ?? this.queue.of(this.id)[0]?.transaction);
    // They go before those that wait, the newest first.
    for (const transaction of taken.reverse()) this.take(this.prepare(transaction), 'none');
    return last === position.counter;
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

  /** Whether something of a former id is queued, which only a checkpoint may end. */
  keepsOf(replica: string): boolean {
    return this.settledBefore.has(replica) && this.queue.of(replica).length > 0;
  }

  /**
   * Drops other writers' transactions that no relay vouches for any more. What this replica wrote itself under a former
   * id is settled, and stays in view until a checkpoint covers it.
   */
  dropForeign(keep: (replica: string) => boolean): void {
    for (const replica of this.queue.replicas()) {
      if (replica === this.id || keep(replica)) continue;
      this.hide(this.queue.cut(replica, this.settledBefore.get(replica) ?? 0));
    }
  }

  /** A new copy is shown in the place of this one. */
  private exchanged(before: CommittedState): void {
    this.view.recomputeAll(this.committed);
    const shown = (table: TableDef, key: string) => this.row(table, key);
    const lost = lostRows(before, this.committed, shown, this.forkedAt);
    this.quarantined = [...this.quarantined, ...lost];
    this.forkedAt = undefined;
  }

  protected prepare(transaction: Transaction): PreparedTransaction {
    const { schema, limits } = this.options;
    return prepareTransaction(schema, limits, transaction, 'transaction');
  }

  private enqueue(transaction: Transaction): TentativeTransaction | undefined {
    return this.take(this.prepare(transaction), 'all');
  }

  protected take(
    prepared: PreparedTransaction,
    counted: Counted,
    orderStampMin?: Stamp,
  ): TentativeTransaction | undefined {
    const entry = this.queue.add(prepared, counted, orderStampMin);
    if (entry !== undefined) this.view.add(entry, this.committed);
    return entry;
  }

  /** Takes what has left the queue out of what is shown. */
  private hide(entries: readonly TentativeTransaction[]): void {
    for (const entry of entries) this.view.remove(entry, this.committed);
  }

  private settleAll(positions: ReadonlyMap<string, Settled>): Outcome[] {
    const settled = [...positions].flatMap(([replica, position]) => this.settle(replica, position));
    // A relay holds the settled positions of all writers as rows.
    for (const replica of this.queue.replicas()) {
      if (replica !== this.id) this.settle(replica, this.settledOf(replica));
    }
    return settled;
  }

  private settle(replica: string, position: Settled): Outcome[] {
    if (!this.positions.note(replica, position)) return [];
    const entries = this.queue.settle(replica, position.counter);
    this.hide(entries);
    if (replica !== this.id) {
      const next = this.queue.of(replica)[0]?.transaction;
      // It can never be ordered. The device that made it keeps its own copy.
      if (isOtherBranch(position, next, entries.at(-1)?.transaction)) {
        this.hide(this.queue.drop(replica));
      }
      return [];
    }
    this.chain.settle(position);
    for (const { transaction } of entries) {
      this.kept.add({ transaction, seq: this.committed.head });
    }
    const outcomes = entries.map(({ transaction }) => settledOutcome(this.committed, transaction));
    this.park(entries, outcomes);
    return outcomes;
  }

  private park(entries: readonly TentativeTransaction[], outcomes: readonly Outcome[]): void {
    const refused = refusedOf(entries, outcomes);
    if (refused.length > 0) this.parked = [...this.parked, ...refused];
  }
}
