import { Code, SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Replica } from '../replica/replica.ts';
import { type PartResult, passingReasons, type TransactionPart } from './messages.ts';
import { PushBatch } from './push-batch.ts';

/**
 * Another device has this replica's id: a copied phone, or what a backup brought back. Some of what waits here may have
 * been ordered, sent by this device or by the one that was copied from its storage, so all of it that is stored is sent
 * once more: the home says of each whether it is this very transaction. From the first that is not, everything is for a
 * new id.
 */
export class ForkProbe {
  private readonly replica: Replica;
  /** The newest counter that may be elsewhere. */
  private readonly last: number;
  private readonly answers = new Map<number, Outcome>();
  private readonly batch: PushBatch;
  private sentTo: number;
  private unanswered: number;

  /** `stored` is the counter up to which it is stored, `unanswered` the pushes of this stream without an answer. */
  constructor(
    replica: Replica,
    stored: number,
    unanswered: number,
    batch = new PushBatch(replica.options.limits),
  ) {
    this.replica = replica;
    this.batch = batch;
    replica.seal();
    this.last = Math.min(replica.lastCounter, stored);
    this.sentTo = 0;
    this.unanswered = unanswered;
  }

  /** The next push; empty when there is nothing more to ask, or not by a push. */
  next(): Transaction[] {
    const batch = this.batch.next(this.waiting());
    if (batch.length === 0) return batch;
    this.sentTo = batch.at(-1)!.counter;
    this.unanswered++;
    return batch;
  }

  /** The next part of a large one; to be asked for where there is nothing to push. */
  nextPart(): TransactionPart | undefined {
    return this.batch.nextPart(this.waiting());
  }

  partAnswered(result: PartResult): void {
    const { whole, isPushed } = this.batch.partAnswered(result);
    if (isPushed) this.unanswered++;
    // What was on its way before is answered too; those before it are asked about all the same.
    if (whole !== undefined && this.waiting()[0] === whole) this.sentTo = whole.counter;
  }

  private waiting(): Transaction[] {
    const { id, queue } = this.replica;
    const waiting = queue.behind(id, this.sentTo).map(({ transaction }) => transaction);
    return waiting.filter(({ counter }) => counter <= this.last);
  }

  answered(outcomes: readonly Outcome[]): void {
    this.unanswered--;
    for (const outcome of outcomes) {
      if (outcome.replica === this.replica.id) this.answers.set(outcome.counter, outcome);
    }
  }

  /** Whether the same question may have another answer a little later. */
  get mayAskAgain(): boolean {
    return [...this.answers.values()].some(({ refusal }) =>
      passingReasons.has(refusal?.reason ?? ''),
    );
  }

  /**
   * Outcomes of the queued transactions that were ordered, from the first on. `unresolved` where this server cannot tell.
   * What the home has forgotten nobody will ever tell: it is of them, as UNORDERED.
   */
  verdict(isHome: boolean): Outcome[] | 'pending' | 'unresolved' {
    const ordered: Outcome[] = [];
    const { id, queue } = this.replica;
    for (const { transaction } of queue.of(id)) {
      if (transaction.counter > this.last) break;
      const answer = this.answers.get(transaction.counter);
      if (answer?.status === 'committed' || answer?.status === 'refused') ordered.push(answer);
      else if (answer?.refusal?.reason === 'REPLICA_FORKED') break;
      else if (isHome && answer?.refusal?.reason === 'COUNTER_FORGOTTEN') ordered.push(answer);
      else return this.unanswered > 0 || this.sentTo < this.last ? 'pending' : 'unresolved';
    }
    return ordered;
  }
}

/** UNAVAILABLE FORK_UNRESOLVED: until somebody can tell, own edits wait. */
export function forkUnresolved(replica: string): SyncError {
  return new SyncError(
    Code.unavailable,
    'FORK_UNRESOLVED',
    `another device uses the id ${replica}, and this server cannot tell which edits are whose: the home can`,
    { retryDelayMs: 1_000, metadata: { replica_id: replica } },
  );
}
