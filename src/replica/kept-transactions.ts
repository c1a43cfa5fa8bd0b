import { bytesEqual } from '../base/bytes.ts';
import type { Seq } from '../base/seq.ts';
import type { Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { bytesAbout, digestOf, type Transaction } from '../change/transaction.ts';
import { leftTest } from './epochs.ts';
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
  private entries: KeptTransaction[] = [];
  private readonly countMax: number;
  private readonly bytesMax: number;
  private bytes = 0;
  /** How far the copy that is shown settles identities of which something is kept, as far as it says: the present one, and others. */
  settledTo = new Map<string, number>();

  constructor(
    limits: { keptTransactionsMax: number; keptBytesMax: number },
    saved: readonly KeptTransaction[] = [],
  ) {
    this.countMax = limits.keptTransactionsMax;
    this.bytesMax = limits.keptBytesMax;
    for (const entry of saved) this.add(entry);
    this.limit();
  }

  get all(): readonly KeptTransaction[] {
    return this.entries;
  }

  /** The next one of its line. */
  add(entry: KeptTransaction): void {
    this.entries.push(entry);
    this.bytes += bytesOf(entry);
    const { replica, counter } = entry.transaction;
    if (this.isLost(entry)) this.settledTo.set(replica, counter);
  }

  /** Lets go of the oldest, where there are more than the limits allow. */
  limit(): void {
    let gone = 0;
    while (this.entries.length - gone > this.countMax || this.bytes > this.bytesMax) {
      this.bytes -= bytesOf(this.entries[gone]!);
      gone++;
    }
    this.entries.splice(0, gone);
  }

  /**
   * The copy stands at another checkpoint, which settles the `present` identity, and others, up to a counter; those of which
   * it does not say that are not among them. What was settled of the present one before and is not there is lost, even
   * where nobody has told of that: it is not safe. Returns what was lost and is settled again, which others had ordered anew;
   * where the copy is of another history than the one before, all that it settles: where they part is not always known.
   */
  follow(
    copy: CommittedState,
    present: string,
    settled: ReadonlyMap<string, Settled>,
    isForked = false,
  ): KeptTransaction[] {
    const isLeft = leftTest(copy);
    const isOfAnother = (seq: Seq) => isForked || isLeft(seq);
    const again: KeptTransaction[] = [];
    // Seqs of another history are not safe there, whatever they are: of whom it does not say anything nothing is settled.
    if (isForked) this.settledTo = new Map(this.entries.map(unsettled));
    for (const [replica, position] of settled) {
      const { counter } = position;
      // Under a former id it may be another device's.
      if (replica !== present && !this.has(replica, position)) continue;
      this.settledTo.set(replica, counter);
      again.push(...this.resettle({ replica, counter }, copy.head, isOfAnother));
    }
    this.trim(safeSeq(copy), isLeft);
    // Ids come and go where devices are copied.
    for (const id of this.settledTo.keys())
      if (id !== present && this.of(id).length === 0) this.settledTo.delete(id);
    return again;
  }

  private has(replica: string, { counter, digest }: Settled): boolean {
    return this.of(replica).some(
      ({ transaction }) =>
        transaction.counter === counter && bytesEqual(digestOf(transaction), digest),
    );
  }

  /** What an identity lost with another history, up to a counter, is settled again: in the state of commit `seq`. */
  resettle(
    { replica, counter }: Place,
    seq: Seq,
    isOfAnother: (seq: Seq) => boolean,
  ): KeptTransaction[] {
    const again: KeptTransaction[] = [];
    for (const [index, { transaction, seq: before }] of this.entries.entries()) {
      if (transaction.replica !== replica || transaction.counter > counter) continue;
      if (!isOfAnother(before)) continue;
      this.entries[index] = { transaction, seq };
      again.push(this.entries[index]);
    }
    return again;
  }

  /** Lets go of what was settled up to a safe commit, unless it is of another history, whatever its seq. */
  trim(safe: Seq, isOfAnother: (seq: Seq) => boolean = () => false): void {
    const isKept = (entry: KeptTransaction) =>
      entry.seq > safe || isOfAnother(entry.seq) || this.isLost(entry);
    // They are in the order in which they become safe, but for those of an id of which nobody says anything.
    const end = this.entries.findIndex(isKept);
    const gone = this.entries.splice(0, end < 0 ? this.entries.length : end);
    if (this.settledTo.size > 1) {
      gone.push(...this.entries.filter((entry) => !isKept(entry)));
      this.entries = this.entries.filter(isKept);
    }
    for (const entry of gone) this.bytes -= bytesOf(entry);
  }

  private isLost({ transaction: { replica, counter } }: KeptTransaction): boolean {
    return counter > (this.settledTo.get(replica) ?? counter);
  }

  /** Those of an identity, in its order. */
  of(replica: string): KeptTransaction[] {
    return this.entries.filter(({ transaction }) => transaction.replica === replica);
  }

  /** The counter of the first one of an identity behind another; 0 for none. */
  firstBehind(replica: string, counter: number): number {
    const found = this.of(replica).find((entry) => entry.transaction.counter > counter);
    return found?.transaction.counter ?? 0;
  }

  /** Takes out those of an identity behind a counter. */
  takeBehind(replica: string, counter: number): Transaction[] {
    const taken: Transaction[] = [];
    const left: KeptTransaction[] = [];
    for (const entry of this.entries) {
      const { transaction } = entry;
      if (transaction.replica === replica && transaction.counter > counter) taken.push(transaction);
      else left.push(entry);
    }
    if (taken.length === 0) return taken;
    this.entries = left;
    this.bytes = left.reduce((sum, entry) => sum + bytesOf(entry), 0);
    return taken;
  }
}

const unsettled = ({ transaction }: KeptTransaction) => [transaction.replica, 0] as const;
const bytesOf = ({ transaction }: KeptTransaction): number => bytesAbout(transaction.changes);
