import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Submission } from './submission.ts';

/**
 * A queued transaction as another identity's: `last` of its writer's stay behind, so it comes that much earlier. It
 * chains to nothing yet.
 */
export function renumbered(
  { transaction, changes }: PreparedTransaction,
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
      changes: transaction.changes.map(moved),
    },
    changes: changes.map(moved),
  };
}

/** A submission under the counter that its writer has next. */
export function withCounter(submission: Submission, counter: number): Submission {
  const { prepared } = submission;
  const transaction = { ...prepared.transaction, counter };
  return { ...submission, prepared: { ...prepared, transaction } };
}
