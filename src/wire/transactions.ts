import type * as pb from '../../gen/ts/syncdb/v1/data.ts';
import type { Transaction } from '../change/transaction.ts';
import { copyOf } from './byte-views.ts';
import { changesFromWire, changeToWire } from './changes.ts';
import { safeNumber } from './checks.ts';

/** Encoded, this is the canonical encoding that a transaction's digest is of. */
export function transactionToWire(transaction: Transaction): pb.Transaction {
  return {
    replicaId: transaction.replica,
    counter: BigInt(transaction.counter),
    previousDigest: transaction.previousDigest,
    stamp: BigInt(transaction.stamp),
    schemaVersion: transaction.schemaVersion,
    changes: transaction.changes.map(changeToWire),
  };
}

/** INVALID_ARGUMENT names the field under `path`, with the reasons of `changeFromWire`. All bytes are copied. */
export function transactionFromWire(message: pb.Transaction, path: string): Transaction {
  return {
    replica: message.replicaId,
    counter: safeNumber(message.counter, `${path}.counter`),
    previousDigest: copyOf(message.previousDigest),
    stamp: safeNumber(message.stamp, `${path}.stamp`),
    schemaVersion: message.schemaVersion,
    changes: changesFromWire(message.changes, `${path}.changes`),
  };
}

/** The transactions of a list; `path` is that of the list. */
export function transactionsFromWire(
  messages: readonly pb.Transaction[],
  path: string,
): Transaction[] {
  return messages.map((message, index) => transactionFromWire(message, `${path}[${index}]`));
}
