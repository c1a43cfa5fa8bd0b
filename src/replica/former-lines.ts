import { bytesEqual } from '../base/bytes.ts';
import type { Seq } from '../base/seq.ts';
import { type Outcome, type Settled, unorderedOutcome } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import type { KeptTransactions } from './kept-transactions.ts';
import { type ParkedTransactions, parkedOf } from './parked-transaction.ts';
import { counterGap, idForgotten } from './replica-errors.ts';
import type { SettledPositions } from './settled-positions.ts';
import type { TentativeQueue, TentativeTransaction } from './tentative-queue.ts';

/** What a replica has of its own transactions, and how it takes them up and lets go of them. */
export interface OwnTransactions {
  readonly queue: TentativeQueue;
  readonly kept: KeptTransactions;
  readonly parked: ParkedTransactions;
  readonly positions: SettledPositions;
  /** Queues kept transactions before those of their writer that wait, and shows them. */
  takeBefore(transactions: readonly Transaction[]): void;
  /** Takes what has left the queue out of what is shown. */
  hide(entries: readonly TentativeTransaction[]): void;
}

/** Answers of a home that end a line: nothing from that counter on can be ordered under its id. */
export const endings: ReadonlySet<string> = new Set(['REPLICA_FORKED', 'COUNTER_GAP']);

/**
 * A replica's own transactions under ids that it has given up. All of them were settled; those that no checkpoint covers yet
 * are in the queue. Where a home has lost some they are queued once more, with their bytes. Another device may go on under
 * such an id, so a settled counter alone does not tell whose transaction it is: then the home is asked.
 */
export class FormerLines {
  /** Newest last. */
  ids: readonly string[] = [];
  /** By id: the counter up to which what is queued is this replica's own. */
  readonly ends = new Map<string, number>();
  /** By id of a line that is to be ordered once more: the counter up to which it is known to be ordered. */
  readonly lost = new Map<string, number>();
  private readonly own: OwnTransactions;

  constructor(own: OwnTransactions) {
    this.own = own;
  }

  /** Goes on where stored ones stood. */
  restore(
    ids: readonly string[],
    ends: ReadonlyMap<string, number>,
    lost: ReadonlyMap<string, number> = new Map(),
  ): void {
    this.ids = ids;
    for (const [id, end] of ends) this.ends.set(id, end);
    for (const [id, known] of lost) this.lost.set(id, known);
  }

  /**
   * The id is given up, settled up to `last`. Of so many ids something is known at the most: the oldest go of those of which
   * nothing is to be ordered once more, and then the others, and what waits of them is parked: ID_FORGOTTEN.
   */
  give(id: string, last: number, idsMax: number): void {
    this.ends.set(id, last);
    this.ids = [...this.ids, id];
    while (this.ids.length > idsMax) {
      const older = this.ids.slice(0, -1);
      const gone = older.find((each) => !this.lost.has(each)) ?? older[0] ?? id;
      if (this.lost.has(gone)) this.end(gone, idForgotten(gone, idsMax));
      this.ids = this.ids.filter((each) => each !== gone);
    }
  }

  /** How many wait to be ordered once more. */
  get waitingCount(): number {
    let count = 0;
    for (const id of this.lost.keys()) count += this.waitingOf(id).length;
    return count;
  }

  /** Whether something of the id is queued, which only a checkpoint or an answer may end. */
  keeps(id: string): boolean {
    return this.ends.has(id) && this.own.queue.of(id).length > 0;
  }

  /** Those that wait to be ordered once more, of each id behind a counter, if one is given. */
  outgoing(sent: ReadonlyMap<string, number>): Transaction[] {
    return [...this.lost.keys()].flatMap((id) => this.waitingOf(id, sent.get(id)));
  }

  /**
   * A home has settled `position` of an id: the counter of the first that it does not have, where it is not known yet that it
   * has lost that. Where the position is of another line, it may lack all that was settled in another history.
   */
  firstLost(
    id: string,
    position: Settled,
    isOfAnother: (seq: Seq) => boolean = () => false,
  ): number | undefined {
    const { kept } = this.own;
    const known = [...kept.of(id), ...this.ownOf(id)];
    const isSame = position.counter === 0 || isAmong(known, position);
    const isLost = ({ transaction: { counter }, seq = Number.MAX_SAFE_INTEGER }: Known) =>
      counter > position.counter || (!isSame && isOfAnother(seq));
    const first = known.find(isLost)?.transaction.counter;
    const isWaiting = first !== undefined && (this.lost.get(id) ?? first) < first;
    return isWaiting && kept.firstBehind(id, first - 1) === 0 ? undefined : first;
  }

  /**
   * Queues the line once more from a counter on, where `position` is settled. What does not follow that, since some before
   * it is not kept any more, is parked: COUNTER_GAP.
   */
  reopen(id: string, position: Settled, first: number): void {
    const { queue, kept, positions } = this.own;
    positions.told.set(id, position);
    const taken = kept.takeBehind(id, first - 1);
    const end = this.ends.get(id) ?? 0;
    // What others go on with under the id may be of another line.
    this.own.hide(queue.cut(id, end));
    this.ends.set(id, Math.max(end, taken.at(-1)?.counter ?? 0));
    this.lost.set(id, Math.min(first - 1, this.lost.get(id) ?? first));
    this.own.takeBefore(taken);
    // Those that no checkpoint covered wait still, and are judged anew like the others.
    this.own.parked.remove(this.waitingOf(id));
    const next = position.counter + 1;
    if (first > next) this.end(id, counterGap(id, first, next));
  }

  /**
   * What was said of one that was pushed once more. With `final` it was the home that could not order it: then it is parked,
   * where that is for good.
   */
  answer(outcome: Outcome, final: boolean): void {
    const { replica: id, counter, status, refusal } = outcome;
    const [next] = this.waitingOf(id);
    if (next?.counter !== counter || status === 'held') return;
    if (status !== 'unordered') this.told(id, [next], [outcome]);
    else if (final && endings.has(refusal!.reason)) this.end(id, refusal!);
    // It is settled, by whichever transaction, so what follows it may be ordered.
    else if (final && refusal!.reason === 'COUNTER_FORGOTTEN') this.told(id, [next], [outcome]);
  }

  /**
   * A checkpoint settles an id up to `position`. Returns the last transaction that it covers, and that has left the queue.
   * Of what is to be ordered once more that takes an answer, or that the position names one of these; then the copy says what
   * became of them, whatever was said before: a home may have lost that, and another device have had them ordered anew.
   */
  settle(id: string, position: Settled, copy: CommittedState): Transaction | undefined {
    const own = this.ownOf(id);
    if (isAmong(own, position)) {
      const ordered = own.filter(({ transaction }) => transaction.counter <= position.counter);
      this.own.parked.resettle(ordered, copy);
      if ((this.lost.get(id) ?? Infinity) < position.counter) this.known(id, position.counter);
    }
    return this.cover(id, position.counter, copy.head);
  }

  /** Lets go of what is covered up to a counter, as far as it is known to be ordered, and keeps what is its own of it. */
  cover(id: string, counter: number, seq: Seq): Transaction | undefined {
    const { queue, kept } = this.own;
    const covered = queue.settle(id, Math.min(counter, this.lost.get(id) ?? counter));
    const end = this.ends.get(id) ?? 0;
    for (const { transaction } of covered) {
      if (transaction.counter <= end) kept.add({ transaction, seq });
    }
    this.own.hide(covered);
    return covered.at(-1)?.transaction;
  }

  /** Those of an id that wait to be ordered once more, behind a counter. */
  waitingOf(id: string, counter = 0): Transaction[] {
    const known = this.lost.get(id);
    if (known === undefined) return [];
    const first = Math.max(counter, known) + 1;
    return this.ownOf(id)
      .map(({ transaction }) => transaction)
      .filter((transaction) => transaction.counter >= first);
  }

  /** It is known of these what became of them. */
  private told(id: string, line: readonly Transaction[], outcomes: readonly Outcome[]): void {
    this.own.parked.add(parkedOf(line.map(asKnown), outcomes));
    this.known(id, line.at(-1)!.counter);
  }

  /** It is known what became of all that waited up to a counter. */
  private known(id: string, counter: number): void {
    if (counter < this.ends.get(id)!) this.lost.set(id, counter);
    else this.lost.delete(id);
  }

  /** What waits of the line can never be ordered under its id. */
  private end(id: string, why: { readonly reason: string; readonly message: string }): void {
    const waiting = this.waitingOf(id);
    const outcomes = waiting.map((transaction) => unorderedOutcome(transaction, why));
    const known = this.lost.get(id)!;
    this.own.hide(this.own.queue.cut(id, known));
    this.told(id, waiting, outcomes);
  }

  private ownOf(id: string): readonly TentativeTransaction[] {
    const end = this.ends.get(id) ?? 0;
    return this.own.queue.of(id).filter(({ transaction: { counter } }) => counter <= end);
  }
}

interface Known {
  readonly transaction: Transaction;
  /** Of the commit in whose state it was settled; left out where no checkpoint covered it. */
  readonly seq?: Seq;
}

const asKnown = (transaction: Transaction): Known => ({ transaction });

/** Whether a position is that of one of these. */
function isAmong(line: readonly Known[], { counter, digest }: Settled): boolean {
  const found = line.find(({ transaction }) => transaction.counter === counter);
  return found !== undefined && bytesEqual(digestOf(found.transaction), digest);
}
