import { assert } from '../base/errors.ts';
import type { Seq } from '../base/seq.ts';
import type { Outcome, Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Checkpoint } from '../change/row-delta.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import { isOtherBranch } from './branch.ts';
import { leftTest } from './epochs.ts';
import { FormerLines } from './former-lines.ts';
import { KeptTransactions } from './kept-transactions.ts';
import { nextReplicaId } from './next-id.ts';
import { OwnChain } from './own-chain.ts';
import { type ParkedTransaction, ParkedTransactions, parkedOf } from './parked-transaction.ts';
import { lostRows, Quarantine, type QuarantinedRow } from './quarantine.ts';
import { renumbered } from './renumber.ts';
import { replicaForked } from './replica-errors.ts';
import type { SavedWrites } from './saved-writes.ts';
import { SettledPositions } from './settled-positions.ts';
import type { ReplicaOptions } from './shown-rows.ts';
import type { ShownCells } from './tentative-view.ts';
import { WritingReplica } from './writing-replica.ts';

export type { Edit } from './amendment.ts';
export type { ReplicaOptions };

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
export class Replica extends WritingReplica {
  readonly kept: KeptTransactions;
  // A replica with a journal makes these of what was stored.
  protected readonly formerLines: FormerLines;
  protected readonly parkedLines = new ParkedTransactions();
  protected readonly quarantine = new Quarantine();
  protected readonly positions = new SettledPositions();
  /** Where the history of the copy that is shown was lost, as far as that was told. */
  protected forkedAt: Seq | undefined;
  /** By own id: the counter up to which what is queued again stands in the copy that is shown, too. */
  protected readonly shownTwice = new Map<string, number>();

  /** `saved` is what an earlier run stored; its rows come again with the first sync. */
  constructor(options: ReplicaOptions, saved?: SavedWrites) {
    super(options, saved);
    this.kept = new KeptTransactions(options.limits, saved?.kept);
    const { queue, kept, parkedLines: parked, positions } = this;
    this.formerLines = new FormerLines({
      ...{ queue, kept, parked, positions },
      takeBefore: (transactions) => this.takeBefore(transactions),
      hide: (entries) => this.hide(entries),
    });
    this.formerLines.ids = saved?.former ?? [];
    if (saved === undefined) return;
    // Limits may have been higher then; nobody's edits are refused a second time.
    for (const stored of [...saved.own, ...saved.others]) this.take(this.prepare(stored), 'none');
    // An earlier run may have handed them out.
    this.seal();
  }

  /** Ids that it had before, newest last: what was settled under them is still told of them. */
  get former(): readonly string[] {
    return this.formerLines.ids;
  }

  /** What the home refused, or cannot order: out of the view, kept until it is dealt with. */
  get parked(): readonly ParkedTransaction[] {
    return this.parkedLines.all;
  }

  /** Rows that others had in a history that was lost, and that are otherwise now: for the app or a person to judge. */
  get quarantined(): readonly QuarantinedRow[] {
    return this.quarantine.rows;
  }

  /** How many of its own transactions wait to be ordered once more under former ids. */
  get formerCount(): number {
    return this.formerLines.waitingCount;
  }

  /** How many of its own transactions wait to be settled, under whichever of its ids. */
  get pendingCount(): number {
    return this.queue.of(this.id).length + this.formerCount;
  }

  /** Whether it was told that the history of the copy that is shown was lost. */
  get isForked(): boolean {
    return this.forkedAt !== undefined;
  }

  /** Takes up another writer's tentative transaction. False where it is known or settled already. */
  receive(transaction: Transaction): boolean {
    assert(transaction.replica !== this.id, 'a replica does not receive its own transactions');
    if (transaction.counter <= this.settledOf(transaction.replica).counter) return false;
    return this.take(this.prepare(transaction), 'all') !== undefined;
  }

  /** How far a writer is settled as far as this replica knows. */
  settledOf(replica: string): Settled {
    return this.positions.of(replica, this.committed);
  }

  /**
   * Transactions to send, in each writer's order: what this replica has to have ordered once more under former ids, and its
   * own; a relay's of all writers. Of each writer `countMax` at the most. Handing one out seals it: from now on it keeps its
   * bytes, whatever becomes of the network.
   */
  outgoing(sent: ReadonlyMap<string, number>, countMax?: number): Transaction[] {
    this.seal();
    const { queue, formerLines, id } = this;
    const waiting = (replica: string) =>
      queue.behind(replica, sent.get(replica) ?? 0, countMax).map(({ transaction }) => transaction);
    if (this.options.relay) return queue.replicas().flatMap(waiting);
    return [...formerLines.outgoing(sent), ...waiting(id)];
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
    this.parkedLines.add(parkedOf(queued.slice(0, outcomes.length), outcomes));
    const last = this.chain.settled + outcomes.length;
    const moved = this.queue.cut(before, last);
    this.hide(moved);
    const [first] = moved;
    const id = nextReplicaId(before, first === undefined ? entropy : digestOf(first.transaction));
    // Another copy may have passed some on under the id that both take.
    this.hide(this.queue.drop(id));
    this.chain = new OwnChain(id, this.queue);
    this.formerLines.give(before, last, this.options.limits.formerIdsMax);
    const twice = this.shownTwice.get(before) ?? 0;
    if (twice > last) this.shownTwice.set(id, twice - last);
    for (const entry of moved) {
      const prepared = renumbered(entry, id, last);
      this.take(prepared, 'none', entry.orderStamp);
      this.chain.wrote(prepared.transaction.counter, prepared.transaction.stamp);
    }
    // A copy may have handed them out.
    this.seal();
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
    const { committed: before } = this;
    const tentative = this.copy.behind === undefined ? noCells : this.shownAlone();
    const { proven, touched } = this.copy.advance(checkpoint);
    if (touched === 'all') this.positions.renewed();
    const settled = proven ? this.settleAll(checkpoint.settled) : [];
    if (proven) this.followKept(checkpoint.settled, touched === 'all');
    if (touched === 'all') this.exchanged(before, tentative);
    else for (const { table, key } of touched) this.view.recompute(table, key);
    if (proven) this.quarantine.follow(this.committed, touched, (writer) => this.isOwn(writer));
    return { proven, settled };
  }

  /**
   * The home does not have this history behind `forkedAt`, which is 0 where that is not known: a new copy is built, and
   * rows that are lost with the old one are quarantined then.
   */
  forked(forkedAt: Seq): void {
    this.positions.forget();
    // A copy that is left before it is complete is of a history of its own: what is shown may have parted before that.
    this.forkedAt = Math.min(forkedAt, this.forkedAt ?? forkedAt);
    this.restart();
  }

  /**
   * The home has settled this replica's own transactions up to `position` only, and had settled more: what it lost is
   * queued again, as it was. False where some of that is not kept any more: then the rest can only go on under another
   * identity.
   */
  reopen(position: Settled): boolean {
    const { counter } = position;
    return this.requeue(this.kept.takeBehind(this.id, counter)) === counter;
  }

  /**
   * The same for a former id, of which `position` is settled, by whatever line. What cannot be ordered there any more, since
   * some before it is not kept, is parked.
   */
  reopenFormer(id: string, position: Settled): void {
    const { isForked } = this;
    const isLeft = leftTest(this.committed);
    // Where they part may be told too late, and the line that is settled there is another device's.
    const isOfAnother = (seq: Seq) => isForked || isLeft(seq);
    const first = this.formerLines.firstLost(id, position, isOfAnother);
    if (first !== undefined) this.requeueFormer(id, position, first);
  }

  /** Whether something of a former id was settled in another history than that of the copy which is shown. */
  hasLeft(id: string): boolean {
    const isLeft = leftTest(this.committed);
    return this.kept.of(id).some(({ seq }) => isLeft(seq));
  }

  /** What was said of a transaction of a former id; see `FormerLines.answer`. */
  answerFormer(outcome: Outcome, final: boolean): void {
    const { replica } = outcome;
    this.formerLines.answer(outcome, final);
    this.formerLines.cover(replica, this.settledOf(replica).counter, this.committed.head);
  }

  /** Has kept transactions wait again; returns the counter before the first that waits. */
  protected requeue(taken: readonly Transaction[]): number {
    this.positions.forget();
    const last = this.chain.rewind(taken[0] ?? this.queue.of(this.id)[0]?.transaction);
    this.takeBefore(taken);
    return last;
  }

  protected requeueFormer(id: string, position: Settled, first: number): void {
    this.formerLines.reopen(id, position, first);
  }

  /** See `FormerLines.keeps`. */
  keepsOf(replica: string): boolean {
    return this.formerLines.keeps(replica);
  }

  /**
   * Drops the transactions of other writers that no relay vouches for any more: `keep` is told of a writer, and of the last
   * that is there. What this replica wrote itself under a former id stays in view until a checkpoint covers it.
   */
  dropForeign(keep: (replica: string, last: number) => boolean): void {
    for (const replica of this.queue.replicas()) {
      if (replica === this.id || keep(replica, this.queue.lastOf(replica))) continue;
      this.hide(this.queue.cut(replica, this.formerLines.ends.get(replica) ?? 0));
    }
  }

  /** A new copy is shown in the place of this one. */
  private exchanged(before: CommittedState, tentative: ShownCells): void {
    const { committed: after, forkedAt } = this;
    this.view.recomputeAll();
    const lost = lostRows({
      ...{ before, tentative, after, forkedAt },
      shown: (table, key) => this.row(table, key),
      isOwn: (writer) => this.isOwn(writer),
    });
    this.quarantine.add(lost);
    this.forkedAt = undefined;
    this.shownTwice.clear();
  }

  /** What is shown of rows with tentative changes, but for those that are queued again and in the copy, too. */
  private shownAlone(): ShownCells {
    return this.view.shown(
      this.committed,
      ({ replica, counter }) => counter <= (this.shownTwice.get(replica) ?? 0),
    );
  }

  private isOwn(writer: string): boolean {
    return writer === this.id || this.former.includes(writer);
  }

  /** Kept ones are to be judged anew: they go before those that wait. After a second loss they may be older than before. */
  private takeBefore(taken: readonly Transaction[]): void {
    this.parkedLines.remove(taken);
    const last = taken.at(-1);
    if (last !== undefined && this.copy.isReplaced) {
      const { replica, counter } = last;
      this.shownTwice.set(replica, Math.max(counter, this.shownTwice.get(replica) ?? 0));
    }
    const prepared = taken.map((transaction) => this.prepare(transaction));
    for (const entry of this.queue.addBefore(prepared)) this.view.add(entry);
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
    if (replica !== this.id) {
      this.settleOther(replica, position);
      return [];
    }
    const entries = this.queue.settle(replica, position.counter);
    this.hide(entries);
    this.chain.settle(position);
    for (const { transaction } of entries) this.kept.add({ transaction, seq: this.committed.head });
    return this.parkedLines.settle(entries, this.committed);
  }

  private settleOther(replica: string, position: Settled): void {
    const { formerLines } = this;
    const last = formerLines.settle(replica, position, this.committed);
    // Of what is its own the home is asked.
    if (formerLines.waitingOf(replica).length > 0) return;
    const next = this.queue.of(replica)[0]?.transaction;
    // It can never be ordered. The device that made it keeps its own copy.
    if (isOtherBranch(position, next, last)) this.hide(this.queue.drop(replica));
  }

  private followKept(settled: ReadonlyMap<string, Settled>, isOther: boolean): void {
    const ofOwn = new Map([...settled].filter(([replica]) => this.isOwn(replica)));
    const again = this.kept.follow(this.committed, this.id, ofOwn, isOther && this.isForked);
    // What is parked may not be kept any more.
    const upto = isOther ? (settled.get(this.id)?.counter ?? 0) : 0;
    const parked = this.parkedLines.refusedOf(this.id, upto);
    this.parkedLines.resettle([...parked, ...again], this.committed);
    this.limitKept();
  }

  /** A journal that is replayed says itself what was let go of that it needs: limits may have been others then. */
  protected limitKept(): void {
    this.kept.limit();
  }
}

const noCells: ShownCells = new Map();
