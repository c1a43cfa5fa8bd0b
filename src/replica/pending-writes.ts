import type { Transaction } from '../change/transaction.ts';
import { decodeJournalRecord, type Opened } from './journal-record.ts';
import type { ParkedTransaction } from './parked-transaction.ts';

interface Waiting {
  /** Under the id that the replica has by now. */
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
  readonly parked: ParkedTransaction[] = [];
  private id = '';
  private waiting: Waiting[] = [];
  /** What the home had settled: it may turn out to have lost it. */
  private kept: Waiting[] = [];

  /** In order, each under the id and the counter that it was given first. */
  get pending(): readonly Transaction[] {
    return this.waiting.map(({ transaction }) => transaction);
  }

  /** DATA_LOSS MALFORMED_BYTES where the record does not parse. */
  apply(bytes: Uint8Array): void {
    const record = decodeJournalRecord(bytes);
    if (record.kind === 'opened') this.open(record.opened);
    else if (record.kind === 'writer') this.id = record.writer.id;
    else if (record.kind === 'write') this.add(record.transaction);
    else if (record.kind === 'queued' && record.transaction.replica === this.id) {
      this.add(record.transaction);
    } else if (record.kind === 'kept') this.keep(record.transaction);
    else if (record.kind === 'reopen') this.reopen(record.position.counter);
    else if (record.kind === 'parked') this.parked.push(record);
    else if (record.kind === 'identity') this.move(record.replica, record.outcomes.length);
    else if (record.kind === 'checkpoint' && record.proven) {
      this.settle(record.checkpoint.settled.get(this.id)?.counter ?? 0);
    }
  }

  private open(opened: Opened): void {
    if (this.opened === undefined) this.id = opened.replica;
    this.opened = opened;
  }

  private add(transaction: Transaction): void {
    this.waiting.push({ counter: transaction.counter, transaction });
  }

  /** It goes on under another id, with all but the first so many, from counter 1. */
  private move(id: string, settled: number): void {
    this.id = id;
    this.kept = [];
    const moved = this.waiting.slice(settled);
    this.waiting = moved.map(({ transaction }, index) => ({ counter: index + 1, transaction }));
  }

  private settle(counter: number): void {
    const isSettled = (waiting: Waiting) => waiting.counter <= counter;
    this.kept.push(...this.waiting.filter(isSettled));
    this.waiting = this.waiting.filter((waiting) => !isSettled(waiting));
  }

  private keep(transaction: Transaction): void {
    this.kept.push({ counter: transaction.counter, transaction });
  }

  /** The home has settled no more than that. */
  private reopen(counter: number): void {
    this.waiting.unshift(...this.kept.filter((kept) => kept.counter > counter));
    this.kept = this.kept.filter((kept) => kept.counter <= counter);
  }
}
