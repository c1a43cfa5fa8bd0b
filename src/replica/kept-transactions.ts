import type { Seq } from '../base/seq.ts';
import { bytesAbout, type Transaction } from '../change/transaction.ts';

/** A replica's own transaction that was settled in the state of a commit. */
export interface KeptTransaction {
  readonly transaction: Transaction;
  readonly seq: Seq;
}

/**
 * A replica's own settled transactions, oldest first, until a backup or standby of the home has them: should the home lose
 * them, they are here. There is an end to it where nobody ever makes a backup: then the oldest go.
 */
export class KeptTransactions {
  private readonly entries: KeptTransaction[] = [];
  private readonly countMax: number;
  private readonly bytesMax: number;
  private bytes = 0;

  constructor(
    limits: { keptTransactionsMax: number; keptBytesMax: number },
    saved: readonly KeptTransaction[] = [],
  ) {
    this.countMax = limits.keptTransactionsMax;
    this.bytesMax = limits.keptBytesMax;
    for (const entry of saved) this.add(entry);
  }

  get all(): readonly KeptTransaction[] {
    return this.entries;
  }

  /** The next one of the same line. */
  add(entry: KeptTransaction): void {
    this.entries.push(entry);
    this.bytes += bytesOf(entry);
    let gone = 0;
    while (this.entries.length - gone > this.countMax || this.bytes > this.bytesMax) {
      this.bytes -= bytesOf(this.entries[gone]!);
      gone++;
    }
    this.entries.splice(0, gone);
  }

  /** Lets go of what was settled up to a commit. */
  trim(safe: Seq): void {
    const end = this.entries.findIndex(({ seq }) => seq > safe);
    for (const entry of this.entries.splice(0, end < 0 ? this.entries.length : end)) {
      this.bytes -= bytesOf(entry);
    }
  }

  /** Takes out those behind a counter. */
  takeBehind(counter: number): Transaction[] {
    const start = this.entries.findIndex(({ transaction }) => transaction.counter > counter);
    if (start < 0) return [];
    const taken = this.entries.splice(start);
    for (const entry of taken) this.bytes -= bytesOf(entry);
    return taken.map(({ transaction }) => transaction);
  }
}

const bytesOf = ({ transaction }: KeptTransaction): number => bytesAbout(transaction.changes);
