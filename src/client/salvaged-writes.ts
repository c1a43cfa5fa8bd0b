import { toHex } from '../base/bytes.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';

export interface SalvagedWrites {
  readonly pending: readonly Transaction[];
  readonly parked: readonly ParkedTransaction[];
}

/**
 * The edits of several journals of one replica, the newest first: what an older one has beside them is in none of the newer
 * ones. Each replica's are in the order of their counters.
 */
export function unionOf(journals: readonly SalvagedWrites[]): SalvagedWrites {
  const [newest, ...others] = journals;
  const { pending = [], parked = [] } = newest ?? {};
  return others.reduce(withOlder, { pending, parked });
}

function withOlder(newer: SalvagedWrites, older: SalvagedWrites): SalvagedWrites {
  const known = new Set([...newer.pending, ...newer.parked.map(transactionOf)].map(nameOf));
  const isNew = (transaction: Transaction) => !known.has(nameOf(transaction));
  const pending = older.pending.filter(isNew);
  const parked = older.parked.filter(({ transaction }) => isNew(transaction));
  return {
    pending: inOrder([...pending, ...newer.pending], (transaction) => transaction),
    parked: inOrder([...parked, ...newer.parked], transactionOf),
  };
}

const transactionOf = ({ transaction }: ParkedTransaction) => transaction;

/** What was typed, and when: who wrote it and what it is based on change with a new identity. */
function nameOf({ stamp, schemaVersion, changes }: Transaction): string {
  const none = { replica: '', counter: 0, previousDigest: new Uint8Array(0) };
  const edits = changes.map((change) => ({ ...change, baseCounter: 0 }));
  return toHex(digestOf({ ...none, stamp, schemaVersion, changes: edits }));
}

function inOrder<T>(entries: readonly T[], of: (entry: T) => Transaction): T[] {
  const lines = Map.groupBy(entries, (entry) => of(entry).replica);
  const byCounter = (left: T, right: T) => of(left).counter - of(right).counter;
  return [...lines.values()].flatMap((line) => line.sort(byCounter));
}
