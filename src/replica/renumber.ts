import type { PreparedTransaction } from '../merge/prepared.ts';
import type { TentativeTransaction } from './tentative-queue.ts';

/**
 * A queued transaction as another identity's: `last` of its writer's stay behind, so it comes that much earlier. It
 * chains to nothing yet, and keeps its place in the order.
 */
export function renumbered(
  { transaction, changes, orderStamp }: TentativeTransaction,
  replica: string,
  last: number,
): PreparedTransaction {
  const moved = <T extends { readonly baseCounter: number }>(change: T): T => ({
    ...change,
    baseCounter: Math.max(0, change.baseCounter - last),
  });
  return {
    transaction: {
      ...transaction,
      replica,
      counter: transaction.counter - last,
      previousDigest: new Uint8Array(0),
      stamp: orderStamp,
      changes: transaction.changes.map(moved),
    },
    changes: changes.map(moved),
  };
}
