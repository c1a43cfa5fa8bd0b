import type { Outcome } from '../change/commit.ts';
import { bytesAbout, type Transaction } from '../change/transaction.ts';
import { atTurnEnd } from './turn-end.ts';
import { type PendingTransaction, WrittenTransaction } from './written-transaction.ts';

/** What waits to be settled, in short. */
export interface PendingStatistics {
  readonly count: number;
  /** What they take in messages, about. */
  readonly bytes: number;
  /** When the oldest was written; undefined where none waits. */
  readonly oldestAtMs: number | undefined;
  /** How often the oldest was sent. */
  readonly tries: number;
}

/** A client's transactions that are not settled, by counter under its present id, oldest first. */
export class WrittenTransactions {
  private readonly changed: () => void;
  private waiting = new Map<number, WrittenTransaction>();
  private bytes = 0;

  /** `stored` are those of an earlier run. `onChange` is called once for all that a turn of the event loop changes. */
  constructor(
    stored: readonly Transaction[],
    onChange: (statistics: PendingStatistics) => void = () => {},
  ) {
    this.changed = atTurnEnd(() => onChange(this.statistics));
    this.follow(stored);
  }

  get count(): number {
    return this.waiting.size;
  }

  get all(): readonly PendingTransaction[] {
    return [...this.waiting.values()];
  }

  get statistics(): PendingStatistics {
    const [oldest] = this.waiting.values();
    const { bytes } = this;
    return {
      ...{ count: this.waiting.size, bytes },
      ...{ oldestAtMs: oldest?.writtenAtMs, tries: oldest?.tries ?? 0 },
    };
  }

  add(transaction: Transaction): WrittenTransaction {
    const written = new WrittenTransaction(transaction);
    this.waiting.set(written.counter, written);
    this.bytes += written.bytes;
    this.changed();
    return written;
  }

  /** One that waits has become another, with the same counter. */
  amend(transaction: Transaction): WrittenTransaction {
    const written = this.waiting.get(transaction.counter)!;
    const bytes = bytesAbout(transaction.changes);
    this.bytes += bytes - written.bytes;
    written.bytes = bytes;
    this.changed();
    return written;
  }

  /** These were handed to the network; those of a replica are its own. */
  sent(id: string, transactions: readonly Transaction[]): void {
    for (const { replica, counter } of transactions) {
      const written = replica === id ? this.waiting.get(counter) : undefined;
      if (written !== undefined) written.tries++;
    }
    this.changed();
  }

  /** What was said of these, of which those of a replica are its own: some are held. */
  told(id: string, outcomes: readonly Outcome[]): void {
    for (const { replica, counter, status } of outcomes) {
      const written = replica === id && status === 'held' ? this.waiting.get(counter) : undefined;
      if (written?.state === 'pending') written.hold();
    }
  }

  /** `onEach` is told of those that waited here. */
  settle(
    outcomes: readonly Outcome[],
    onEach: (written: WrittenTransaction, outcome: Outcome) => void = () => {},
  ): void {
    for (const outcome of outcomes) {
      const written = this.waiting.get(outcome.counter);
      if (written === undefined) continue;
      this.waiting.delete(outcome.counter);
      this.bytes -= written.bytes;
      written.settle(outcome);
      onEach(written, outcome);
      this.changed();
    }
  }

  /** What waits goes on under another id, with counters that are less by so much. */
  renumber(step: number): void {
    const all = [...this.waiting.values()];
    for (const written of all) written.counter -= step;
    this.waiting = new Map(all.map((written) => [written.counter, written]));
  }

  /** These wait, and no others: those that a server has lost wait again. */
  follow(pending: readonly Transaction[]): void {
    const { waiting } = this;
    this.waiting = new Map();
    this.bytes = 0;
    for (const transaction of pending) {
      const written = waiting.get(transaction.counter);
      if (written === undefined) this.add(transaction);
      else {
        this.waiting.set(written.counter, written);
        this.bytes += written.bytes;
      }
    }
    this.changed();
  }
}
