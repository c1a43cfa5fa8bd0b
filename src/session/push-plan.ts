import type { Outcome } from '../change/commit.ts';
import type { Named, Transaction } from '../change/transaction.ts';
import type { Replica } from '../replica/replica.ts';
import { JoiningLines, type Span } from './joining-lines.ts';
import type { PartResult, PushResult, TransactionPart } from './messages.ts';
import { PushBatch, type PushBatchOptions } from './push-batch.ts';
import { PushWaits } from './push-waits.ts';

/**
 * Which of a replica's transactions are to be sent on one stream: each once, in the order of each writer's
 * counters. What could not be ordered is sent again when there is a reason to think that it can be now. A large one goes
 * in parts, and what is behind it of its writer once all of it is there.
 */
export class PushPlan {
  private readonly replica: Replica;
  private readonly storedCounter: () => number;
  /** Stays from stream to stream: so does the server, and often the link. */
  readonly batch: PushBatch;
  private readonly waits: PushWaits;
  /** Former ids under which the server lets this replica push on this stream. */
  private former: readonly string[] = [];
  private isHeld = false;
  /** By writer: counter of the last transaction that needs no sending on this stream. */
  private readonly sent = new Map<string, number>();
  /** By writer: the first counter that was sent on this stream. */
  private readonly first = new Map<string, number>();
  /** By writer: the first counter that the server could not order and that waits for a checkpoint. */
  private readonly unordered = new Map<string, number>();
  /** By writer: the counter that goes again alone, before what is behind it: what kept it may still be in the way. */
  private readonly trial = new Map<string, number>();
  /** By writer: the first counter of what was sent a second time because of a gap. */
  private readonly resent = new Map<string, number>();
  private readonly joining: JoiningLines;

  constructor(
    replica: Replica,
    storedCounter: () => number = () => Number.MAX_SAFE_INTEGER,
    options: PushBatchOptions = {},
  ) {
    this.replica = replica;
    this.storedCounter = storedCounter;
    const { limits } = replica.options;
    this.batch = new PushBatch(limits, options);
    this.waits = new PushWaits(options.nowMs);
    this.joining = new JoiningLines(limits.pushTransactionsMax, (writer) => this.spanOf(writer));
  }

  /** A new stream: nothing has been sent on it. */
  begin(): void {
    this.batch.begin((transaction) => this.isWaiting(transaction));
    this.waits.begin();
    this.former = [];
    this.isHeld = false;
    this.sent.clear();
    this.first.clear();
    this.unordered.clear();
    this.trial.clear();
    this.resent.clear();
    this.joining.clear();
  }

  /** What is under the replica's present id waits for `open`. */
  hold(): void {
    this.isHeld = true;
  }

  /** How far these former ids are settled is known now: what was lost of them is pushed first. */
  open(former: readonly string[]): void {
    this.former = former;
    this.isHeld = false;
  }

  /** What was sent of the writer is not here any more; something else may come under its counters. */
  forget(writer: string): void {
    for (const counters of [this.sent, this.first, this.unordered, this.trial]) {
      counters.delete(writer);
    }
    this.joining.forget(writer);
  }

  /** The server has the writer's transactions up to this counter. */
  settled(writer: string, counter: number): void {
    this.sent.set(writer, Math.max(counter, this.sent.get(writer) ?? 0));
    // Nothing before it is missing there.
    this.first.set(writer, 0);
    this.joining.forget(writer);
  }

  /** The server carries this one, a relay, and told of it; of those before that nothing is known. */
  carried(writer: string, counter: number): void {
    this.sent.set(writer, Math.max(counter, this.sent.get(writer) ?? 0));
    if (!this.first.has(writer)) this.first.set(writer, counter);
  }

  /** The transactions of the next push, within the limits of one message; none until something changes. */
  next(): Transaction[] {
    if (this.batch.isFull) return [];
    const { queue } = this.replica;
    // A relay may be given one that comes before those that it has sent.
    for (const [writer, first] of this.first) {
      if ((queue.of(writer)[0]?.transaction.counter ?? first) < first) this.forget(writer);
    }
    const batch = this.batch.next(this.waiting());
    for (const transaction of batch) this.note(transaction);
    return batch;
  }

  /** The next part of a large transaction; to be asked for where there is nothing to push. */
  nextPart(): TransactionPart | undefined {
    return this.batch.isFull ? undefined : this.batch.nextPart(this.waiting());
  }

  /** The server's answer to a part. True where all of the transaction is there: then a push result will follow. */
  partAnswered(result: PartResult): boolean {
    const { whole, isPushed } = this.batch.partAnswered(result);
    if (whole !== undefined) this.note(whole);
    return isPushed;
  }

  private waiting(): Transaction[] {
    const { id, former, options } = this.replica;
    const stored = this.storedCounter();
    // Where one may not go, none behind it of its writer may. One more shows whether a push has all.
    const countMax = options.limits.pushTransactionsMax + 1;
    return this.replica.outgoing(this.sent, countMax).filter(({ replica: writer, counter }) => {
      if (this.waits.has(writer) || !this.joining.allows(writer, counter)) return false;
      if (former.includes(writer) && !this.former.includes(writer)) return false;
      // Behind one that could not be ordered nothing can be; alone it might be taken for the first of its writer.
      if (this.unordered.has(writer) || counter > (this.trial.get(writer) ?? counter)) return false;
      return writer !== id || (counter <= stored && !this.isHeld);
    });
  }

  private isWaiting({ replica: writer, counter }: Named): boolean {
    const [next] = this.replica.queue.behind(writer, counter - 1, 1);
    return next?.transaction.counter === counter;
  }

  private note({ replica: writer, counter }: Transaction): void {
    this.sent.set(writer, counter);
    if (!this.first.has(writer)) this.first.set(writer, counter);
  }

  /** The server's answer to a push. */
  pushAnswered({ outcomes, orderingMs }: Pick<PushResult, 'outcomes' | 'orderingMs'>): void {
    this.batch.pushAnswered(outcomes, orderingMs);
    this.waits.answered(outcomes);
  }

  /**
   * The server's answer to a transaction that was sent. Where one before it got lost on the way through a relay, and
   * is still here, all from that one on go again at once, one time.
   */
  answered({ replica: writer, counter, status, refusal }: Outcome): void {
    const behind = this.joining.answered(writer, counter, status === 'held');
    if (behind !== undefined) this.sendBehind(writer, behind);
    if (behind !== undefined || this.joining.has(writer)) return;
    if (status !== 'unordered') {
      if (counter === this.trial.get(writer)) this.trial.delete(writer);
      return;
    }
    // Where all of it goes again already, there is nothing to be done.
    if (!this.sent.has(writer)) return;
    const first = this.replica.queue.of(writer)[0]?.transaction.counter ?? counter;
    const expected = refusal?.expectedCounter ?? 0;
    const joinsBehind = expected > counter ? this.joining.begin(writer, expected) : undefined;
    if (joinsBehind !== undefined) {
      this.sendBehind(writer, joinsBehind);
      return;
    }
    // Where what is here does not reach to what is there, others have to come between before any of it has a place.
    const isClosable = expected <= counter;
    const isGap = refusal?.reason === 'COUNTER_GAP' && first < counter && isClosable;
    if (isGap && this.resent.get(writer) !== first) {
      this.sent.delete(writer);
      this.unordered.delete(writer);
      this.trial.delete(writer);
      this.joining.forget(writer);
      this.resent.set(writer, first);
      return;
    }
    // What is expected before it may have been sent and answered long ago, when it had no place either.
    const from = expected > 0 && isClosable ? Math.max(first, expected) : counter;
    this.unordered.set(writer, Math.min(from, this.unordered.get(writer) ?? from));
  }

  /** What may be sent of a writer. */
  private spanOf(writer: string): Span | undefined {
    const queue = this.replica.queue.of(writer);
    if (queue.length === 0) return undefined;
    const stored = writer === this.replica.id ? this.storedCounter() : Number.MAX_SAFE_INTEGER;
    const last = Math.min(queue.at(-1)!.transaction.counter, stored);
    return { first: queue[0]!.transaction.counter, last };
  }

  private sendBehind(writer: string, counter: number): void {
    this.sent.set(writer, counter);
    this.unordered.delete(writer);
    this.trial.delete(writer);
  }

  /**
   * A checkpoint: a full queue may have room now, and a gap may be closed. The first that was not ordered goes again, and
   * what is behind it when it is taken.
   */
  retry(): void {
    for (const [writer, behind] of this.joining.retry()) this.sendBehind(writer, behind);
    for (const [writer, counter] of this.unordered) {
      this.trial.set(writer, counter);
      // Only what was sent is ever answered.
      this.sent.set(writer, Math.min(counter - 1, this.sent.get(writer)!));
    }
    this.unordered.clear();
    // What is settled by now needs no trial.
    for (const [writer, counter] of this.trial) {
      const first = this.replica.queue.of(writer)[0]?.transaction.counter ?? counter + 1;
      if (first > counter) this.trial.delete(writer);
    }
    for (const [writer, sent] of this.sent) {
      const last = this.replica.queue.of(writer).at(-1)?.transaction.counter ?? 0;
      // Settled, or dropped: then others may come under the same counters.
      if (sent > last) this.sent.set(writer, this.replica.settledOf(writer).counter);
    }
  }
}
