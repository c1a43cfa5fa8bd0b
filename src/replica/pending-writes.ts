import { type Outcome, unorderedOutcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import { endings } from './former-lines.ts';
import { decodeJournalRecord, type JournalRecord, type Opened } from './journal-record.ts';
import { type ParkedTransaction, ParkedTransactions, parkedOf } from './parked-transaction.ts';
import { Refusals } from './refusals.ts';
import { counterGap } from './replica-errors.ts';

interface Waiting {
  /** The id and the counter that it has by now. */
  readonly replica: string;
  readonly counter: number;
  readonly transaction: Transaction;
  /** It was settled, and how could not be read. */
  readonly isUnclear?: true;
}

/** Records of the committed rows, with which a journal begins that is written anew. */
const copyKinds: ReadonlySet<JournalRecord['kind']> = new Set([
  ...(['opened', 'copy', 'rows', 'staged', 'chain', 'leftChain', 'localRows'] as const),
]);

/**
 * A replica's own transactions that wait or were refused, out of its journal alone: needs no schema, no rows, and no record
 * that another depends on, so it can be read where the journal is damaged. What a missing record had settled counts as
 * waiting.
 */
export class PendingWrites {
  /** Whose journal it is, where that could be read. */
  opened: Opened | undefined;
  /** False for a journal that was begun to take the place of another, and has none of the transactions yet. */
  isWhole = false;
  private readonly refused = new ParkedTransactions();
  private readonly refusals = new Refusals();
  private id = '';
  private former: string[] = [];
  private waiting: Waiting[] = [];
  /** What the home had settled: it may turn out to have lost it. */
  private kept: Waiting[] = [];
  /** Since the last checkpoint: what it settles may have been refused. */
  private isGap = false;

  /** In order, each under the id and the counter that it was given first. */
  get pending(): readonly Transaction[] {
    return this.waiting.map(({ transaction }) => transaction);
  }

  /** Those that the home refused, each with what was said of it. */
  get parked(): readonly ParkedTransaction[] {
    return this.refused.all;
  }

  /** DATA_LOSS MALFORMED_BYTES where the record does not parse. */
  apply(bytes: Uint8Array): void {
    const record = decodeJournalRecord(bytes);
    this.take(record);
    if (!copyKinds.has(record.kind)) this.isWhole = true;
  }

  /** A record cannot be read here. */
  skip(): void {
    this.isGap = true;
  }

  private take(record: JournalRecord): void {
    if (record.kind === 'opened') this.open(record.opened);
    else if (record.kind === 'writer') {
      this.id = record.writer.id;
      this.former = [...(record.writer.lost?.keys() ?? [])];
    } else if (record.kind === 'write') this.waiting.push(waitingOf(record.transaction));
    else if (record.kind === 'amend') this.amend(record.transaction);
    else if (record.kind === 'queued') this.takeQueued(record.transaction);
    else if (record.kind === 'kept') this.kept.push(waitingOf(record.transaction));
    else if (record.kind === 'reopen') this.reopen(this.id, record.position.counter, record.first);
    else if (record.kind === 'reopenFormer') {
      const { replica, first, position } = record;
      this.reopen(replica, first - 1, first);
      const next = position.counter + 1;
      if (first > next) this.end(replica, first, counterGap(replica, first, next));
    } else if (record.kind === 'formerAnswer') this.answer(record.outcome, record.final);
    else if (record.kind === 'parked') this.refused.add([record]);
    else if (record.kind === 'discarded') this.refused.remove([record]);
    else if (record.kind === 'identity') this.move(record.replica, record.outcomes);
    else if (record.kind === 'stage' || record.kind === 'rows' || record.kind === 'staged') {
      this.refusals.take(record.deltas);
    } else if (record.kind === 'restart' || record.kind === 'forked') this.refusals.clear();
    else if (record.kind === 'checkpoint' && record.proven) {
      this.settle(record.checkpoint.settled.get(this.id)?.counter ?? 0);
    }
  }

  private open(opened: Opened): void {
    if (this.opened === undefined) this.id = opened.replica;
    this.opened = opened;
  }

  /** It is in the place of an earlier one, unless that one's record could not be read. */
  private amend(transaction: Transaction): void {
    const amended = waitingOf(transaction);
    const isSame = ({ replica, counter }: Waiting) =>
      replica === amended.replica && counter === amended.counter;
    const at = this.waiting.findIndex(isSame);
    this.waiting.splice(at < 0 ? this.waiting.length : at, at < 0 ? 0 : 1, amended);
  }

  /** Under a former id only what is to be ordered once more waits; some of it may be answered already. */
  private takeQueued(transaction: Transaction): void {
    const { replica } = transaction;
    if (replica === this.id || this.former.includes(replica)) {
      this.waiting.push(waitingOf(transaction));
    }
  }

  /** It goes on under another id, from counter 1, with all but those whose outcomes are told. */
  private move(id: string, outcomes: readonly Outcome[]): void {
    const isOwn = ({ replica, isUnclear }: Waiting) => replica === this.id && !isUnclear;
    const own = this.waiting.filter(isOwn);
    const settled = own.slice(0, outcomes.length);
    this.kept.push(...settled);
    this.refused.add(parkedOf(settled, outcomes));
    const moved = own.slice(outcomes.length).map(({ transaction }, index) => {
      return { replica: id, counter: index + 1, transaction };
    });
    this.waiting = [...this.waiting.filter((each) => !isOwn(each)), ...moved];
    this.id = id;
  }

  /** What a home said of a transaction under a former id that was pushed once more. See `FormerLines.answer`. */
  private answer(outcome: Outcome, final: boolean): void {
    const { replica, counter, status, refusal } = outcome;
    const isForgotten = final && refusal?.reason === 'COUNTER_FORGOTTEN';
    if (final && endings.has(refusal?.reason ?? '')) this.end(replica, counter, refusal!);
    if (status !== 'committed' && status !== 'refused' && !isForgotten) return;
    const isAnswered = (each: Waiting) => each.replica === replica && each.counter <= counter;
    const answered = this.waiting.filter(isAnswered);
    this.waiting = this.waiting.filter((each) => !isAnswered(each));
    this.kept.push(...answered);
    this.refused.add(parkedOf(answered.slice(-1), [outcome]));
  }

  /** Nothing of a former id can be ordered any more from this counter on. */
  private end(id: string, from: number, why: Parameters<typeof unorderedOutcome>[1]): void {
    const isEnded = (each: Waiting) => each.replica === id && each.counter >= from;
    const ended = this.waiting.filter(isEnded);
    this.waiting = this.waiting.filter((each) => !isEnded(each));
    const outcomes = ended.map(({ transaction }) => unorderedOutcome(transaction, why));
    this.refused.add(parkedOf(ended, outcomes));
  }

  private settle(counter: number): void {
    const isSettled = (each: Waiting) => each.replica === this.id && each.counter <= counter;
    const unclear: Waiting[] = [];
    for (const waiting of this.waiting.filter(isSettled)) {
      const outcome = this.refusals.of(this.id, waiting.counter);
      const isClear = outcome !== undefined || !(this.isGap || waiting.isUnclear);
      if (isClear) this.kept.push(waiting);
      else unclear.push({ ...waiting, isUnclear: true });
      if (outcome !== undefined) this.refused.add([{ transaction: waiting.transaction, outcome }]);
    }
    this.waiting = [...unclear, ...this.waiting.filter((each) => !isSettled(each))];
    this.isGap = false;
  }

  /** The home has settled no more than that of an id; from `first` on it was still kept. */
  private reopen(id: string, counter: number, first = counter + 1): void {
    const isOpen = (each: Waiting) => each.replica === id && each.counter > counter;
    const again = this.kept.filter((each) => isOpen(each) && first > 0 && each.counter >= first);
    this.kept = this.kept.filter((each) => !isOpen(each));
    this.waiting.unshift(...again);
    this.refused.remove(again.map(({ transaction }) => transaction));
  }
}

function waitingOf(transaction: Transaction): Waiting {
  const { replica, counter } = transaction;
  return { replica, counter, transaction };
}
