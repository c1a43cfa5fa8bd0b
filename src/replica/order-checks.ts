import { bytesEqual } from '../base/bytes.ts';
import type { Seq } from '../base/seq.ts';
import type { Settled } from '../change/commit.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { baseAhead, counterGap, replicaForked } from './replica-errors.ts';
import type { Submission } from './submission.ts';

/**
 * Whether a transaction can be the next of its writer, who is settled as far as `known`, behind the commit `head`.
 * FAILED_PRECONDITION COUNTER_GAP, REPLICA_FORKED or BASE_AHEAD where not.
 */
export function checkNext(
  { transaction, changes }: PreparedTransaction,
  known: Settled,
  head: Seq,
): void {
  const { replica, counter, previousDigest } = transaction;
  if (counter !== known.counter + 1) throw counterGap(replica, counter, known.counter + 1);
  if (previousDigest.length > 0 && !bytesEqual(previousDigest, known.digest)) {
    throw replicaForked(replica, counter);
  }
  for (const [index, { base = 0 }] of changes.entries()) {
    // A writer that has seen commits which are not here would win over edits that it has not seen.
    if (base > head) throw baseAhead(transaction, index, base, head);
  }
}

/** The submission under a counter that the home gives. */
export function withCounter(submission: Submission, counter: number): Submission {
  const { prepared } = submission;
  const transaction = { ...prepared.transaction, counter };
  return { ...submission, prepared: { ...prepared, transaction } };
}
