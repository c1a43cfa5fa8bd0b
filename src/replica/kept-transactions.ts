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

/** A place in the line of an identity. */
interface Place {
  readonly replica: string;
  readonly counter: number;
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
  /** How far the copy that is shown settles the present identity, as far as it says. */
  private settled: Place | undefined;

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

  /**
   * The copy stands at another checkpoint, which settles an identity up to a counter; undefined where it does not say. What
   * was settled before and is not there is lost, even where nobody has told of that: it is not safe.
   */
  follow(copy: CommittedState, replica: string, settled: number | undefined): void {
    const epochs = epochsIn(copy);
    const isOfAnother = (seq: Seq) => forkBefore(epochs, seq) !== undefined;
    if (settled !== undefined) {
      this.settled = { replica, counter: settled };
      this.resettle(this.settled, copy.head, isOfAnother);
    }
    this.trim(safeSeq(copy), isOfAnother);
  }

  /** What an identity lost with another history, up to a counter, is settled again: in the state of commit `seq`. */
  resettle({ replica, counter }: Place, seq: Seq, isOfAnother: (seq: Seq) => boolean): void {
    for (const [index, { transaction, seq: before }] of this.entries.entries()) {
      if (transaction.replica !== replica || transaction.counter > counter) continue;
      if (isOfAnother(before)) this.entries[index] = { transaction, seq };
    }
  }

  /** Lets go of what was settled up to a safe commit, unless it is of another history, whatever its seq. */
  trim(safe: Seq, isOfAnother: (seq: Seq) => boolean = () => false): void {
    const end = this.entries.findIndex(
      (entry) => entry.seq > safe || isOfAnother(entry.seq) || this.isLost(entry),
    );
    for (const entry of this.entries.splice(0, end < 0 ? this.entries.length : end)) {
      this.bytes -= bytesOf(entry);
    }
  }

  private isLost({ transaction: { replica, counter } }: KeptTransaction): boolean {
    return this.settled?.replica === replica && counter > this.settled.counter;
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
