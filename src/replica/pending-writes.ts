import type { Transaction } from '../change/transaction.ts';
import { decodeJournalRecord, type JournalRecord, type Opened } from './journal-record.ts';
import { type ParkedTransaction, ParkedTransactions } from './parked-transaction.ts';

interface Waiting {
  /** The id and the counter that it has by now. */
  readonly replica: string;
  readonly counter: number;
  readonly transaction: Transaction;
}

/**
 * A replica's own transactions that wait, out of its journal alone: needs no schema, no rows, and no record that another
 * depends on, so it can be read where the journal is damaged. What a missing record had settled counts as waiting.
 */
export class PendingWrites {
  /** Whose journal it is, where that could be read. */
  opened: Opened | undefined;
  private readonly refused = new ParkedTransactions();
  private id = '';
  private former: string[] = [];
  private waiting: Waiting[] = [];
  /** What the home had settled: it may turn out to have lost it. */
  private kept: Waiting[] = [];

  /** In order, each under the id and the counter that it was given first. */
  get pending(): readonly Transaction[] {
    return this.waiting.map(({ transaction }) => transaction);
  }

  get parked(): readonly ParkedTransaction[] {
    return this.refused.all;
  }

  /** DATA_LOSS MALFORMED_BYTES where the record does not parse. */
  apply(bytes: Uint8Array): void {
    this.take(decodeJournalRecord(bytes));
  }

  private take(record: JournalRecord): void {
    if (record.kind === 'opened') this.open(record.opened);
    else if (record.kind === 'writer') {
      this.id = record.writer.id;
      this.former = [...(record.writer.lost?.keys() ?? [])];
    } else if (record.kind === 'write') this.waiting.push(waitingOf(record.transaction));
    else if (record.kind === 'queued') this.takeQueued(record.transaction);
    else if (record.kind === 'kept') this.kept.push(waitingOf(record.transaction));
    else if (record.kind === 'reopen') this.reopen(this.id, record.position.counter, record.first);
    else if (record.kind === 'reopenFormer') {
      this.reopen(record.replica, record.first - 1, record.first);
    } else if (record.kind === 'formerAnswer') {
      const { replica, counter } = record.outcome;
      this.settle(replica, counter);
    } else if (record.kind === 'parked') this.refused.add([record]);
    else if (record.kind === 'identity') this.move(record.replica, record.outcomes.length);
    else if (record.kind === 'checkpoint' && record.proven) {
      this.settle(this.id, record.checkpoint.settled.get(this.id)?.counter ?? 0);
    }
  }

  private open(opened: Opened): void {
    if (this.opened === undefined) this.id = opened.replica;
    this.opened = opened;
  }

  /** Under a former id only what is to be ordered once more waits; some of it may be answered already. */
  private takeQueued(transaction: Transaction): void {
    const { replica } = transaction;
    if (replica === this.id || this.former.includes(replica)) {
      this.waiting.push(waitingOf(transaction));
    }
  }

  /** It goes on under another id, with all but the first so many, from counter 1. */
  private move(id: string, settled: number): void {
    const own = this.waiting.filter(({ replica }) => replica === this.id);
    const others = this.waiting.filter(({ replica }) => replica !== this.id);
    this.kept.push(...own.slice(0, settled));
    const moved = own.slice(settled).map(({ transaction }, index) => {
      return { replica: id, counter: index + 1, transaction };
    });
    this.waiting = [...others, ...moved];
    this.id = id;
  }

  private settle(id: string, counter: number): void {
    const isSettled = (each: Waiting) => each.replica === id && each.counter <= counter;
    this.kept.push(...this.waiting.filter(isSettled));
    this.waiting = this.waiting.filter((each) => !isSettled(each));
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
