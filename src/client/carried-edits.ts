import type { Transaction } from '../change/transaction.ts';
import type { Replica } from '../replica/replica.ts';

/** What is to go into a file; everything that waits when left out. */
export interface ExportOptions {
  /**
   * Which of the transactions that wait. What the same writer wrote before one of them goes along, since nobody can order
   * it without.
   */
  readonly choose?: (transaction: Transaction) => boolean;
  /** Whether those that were refused go along, for a person to read. False when left out. */
  readonly parked?: boolean;
}

export interface Exported {
  /** The file; see `decodeEditsFile`. */
  readonly bytes: Uint8Array;
  readonly transactions: number;
  readonly parked: number;
}

/** What waits, of all writers, and of each up to the last that is chosen. From now on it keeps its bytes. */
export function exportedFrom(
  replica: Replica,
  { choose = () => true }: ExportOptions,
): Transaction[] {
  const waiting = replica.outgoing(new Map());
  const last = new Map<string, number>();
  for (const transaction of waiting) {
    if (choose(transaction)) last.set(transaction.replica, transaction.counter);
  }
  return waiting.filter(({ replica: writer, counter }) => counter <= (last.get(writer) ?? 0));
}
