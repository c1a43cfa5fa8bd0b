import type { Seq } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { bytesAbout, type Transaction } from '../change/transaction.ts';
import { epochsIn, forkBefore } from './epochs.ts';
import { safeSeq } from './safe-points.ts';

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

  /** The copy stands at another checkpoint, which settles an identity up to a counter; 0 where it does not say. */
  follow(copy: CommittedState, replica: string, settled: number): void {
    const epochs = epochsIn(copy);
    const isLost = (seq: Seq) => forkBefore(epochs, seq) !== undefined;
    this.resettle(replica, settled, copy.head, isLost);
    this.trim(safeSeq(copy), isLost);
  }

  /** What an identity lost with another history, up to a counter, is settled again: in the state of commit `seq`. */
  resettle(replica: string, counter: number, seq: Seq, isLost: (seq: Seq) => boolean): void {
    for (const [index, { transaction, seq: before }] of this.entries.entries()) {
      if (transaction.replica !== replica || transaction.counter > counter) continue;
      if (isLost(before)) this.entries[index] = { transaction, seq };
    }
  }

  /** Lets go of what was settled up to a safe commit. What was settled in a history that was lost is not safe, whatever its seq. */
  trim(safe: Seq, isLost: (seq: Seq) => boolean = () => false): void {
    const end = this.entries.findIndex(({ seq }) => seq > safe || isLost(seq));
    for (const entry of this.entries.splice(0, end < 0 ? this.entries.length : end)) {
      this.bytes -= bytesOf(entry);
    }
  }

  /** Takes out those of an identity behind a counter. */
  takeBehind(replica: string, counter: number): Transaction[] {
    const isTaken = ({ transaction }: KeptTransaction) =>
      transaction.replica === replica && transaction.counter > counter;
    const start = this.entries.findIndex(isTaken);
    if (start < 0) return [];
    // An identity is given up for good, so those of the present one are the last.
    const taken = this.entries.splice(start);
    for (const entry of taken) this.bytes -= bytesOf(entry);
    return taken.map(({ transaction }) => transaction);
  }
}

const bytesOf = ({ transaction }: KeptTransaction): number => bytesAbout(transaction.changes);
