import type { Transaction } from '../change/transaction.ts';
import { decodeJournalRecord, type Opened } from './journal-record.ts';
import type { ParkedTransaction } from './parked-transaction.ts';

/**
 * A replica's own transactions that wait, out of its journal alone: needs no schema, no rows, and no record that another
 * depends on, so it can be read where the journal is damaged. What a missing record had settled counts as waiting.
 */
export class PendingWrites {
  /** Whose journal it is, where that could be read. */
  opened: Opened | undefined;
  readonly parked: ParkedTransaction[] = [];
  private id = '';
  private waiting: Transaction[] = [];

  /** In order, each under the id and the counter that it was given first. */
  get pending(): readonly Transaction[] {
    return this.waiting;
  }

  /** DATA_LOSS MALFORMED_BYTES where the record does not parse. */
  apply(bytes: Uint8Array): void {
    const record = decodeJournalRecord(bytes);
    if (record.kind === 'opened') this.open(record.opened);
    else if (record.kind === 'writer') this.id = record.writer.id;
    else if (record.kind === 'write') this.add(record.transaction);
    else if (record.kind === 'queued' && record.transaction.replica === this.id) {
      this.add(record.transaction);
    } else if (record.kind === 'parked') this.parked.push(record);
    else if (record.kind === 'identity') this.waiting = this.waiting.slice(record.outcomes.length);
    else if (record.kind === 'checkpoint' && record.proven) {
      this.settle(record.checkpoint.settled.get(this.id)?.counter ?? 0);
    }
  }

  private open(opened: Opened): void {
    if (this.opened === undefined) this.id = opened.replica;
    this.opened = opened;
  }

  private add(transaction: Transaction): void {
    // It goes on under another id now: those before have counters of the former one.
    this.id = transaction.replica;
    this.waiting.push(transaction);
  }

  private settle(counter: number): void {
    const isSettled = (transaction: Transaction) =>
      transaction.replica === this.id && transaction.counter <= counter;
    this.waiting = this.waiting.filter((transaction) => !isSettled(transaction));
  }
}
