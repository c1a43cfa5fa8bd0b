import type { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { noteDigest, type Transaction } from '../change/transaction.ts';
import { boundedRefusal } from '../merge/bounded-refusal.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { TransactionPart } from './messages.ts';

/**
 * A transaction that its writer wants refused, since there is more of it than may come: only its name and its digest are known, and
 * so nothing is said of its changes and of what is before it. Ordered, it settles its counter with what `error` tells.
 */
export function refusedUnseen(
  { replica, counter, digest }: TransactionPart,
  { reason, message, fields }: SyncError,
  limits: Limits,
): PreparedTransaction {
  const transaction: Transaction = {
    ...{ replica, counter, previousDigest: nothing, stamp: 0, schemaVersion: 0, changes: [] },
  };
  noteDigest(transaction, digest.slice());
  const violations = fields.map(({ description }) => ({ field: 'changes', description }));
  const refusal = { reason, message, changeIndex: 0, violations };
  return { transaction, changes: [], unfit: boundedRefusal(refusal, limits) };
}

const nothing = new Uint8Array(0);
