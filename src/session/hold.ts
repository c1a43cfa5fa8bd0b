import { bytesEqual } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Outcome } from '../change/commit.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Replica } from '../replica/replica.ts';
import { settledOutcome } from '../replica/system-rows.ts';

/**
 * Takes up a push at a relay and returns its outcomes: `held` for what the relay carries on from now, the home's own
 * outcome for what it has settled, `unordered` for what cannot be carried (a counter is missing, the queue is full,
 * the identity is forked). The caller stores the queue before it answers: held means stored.
 */
export function holdTransactions(
  replica: Replica,
  push: readonly PreparedTransaction[],
): Outcome[] {
  return push.map(({ transaction }) => {
    if (transaction.counter <= replica.settledOf(transaction.replica)) {
      return settledOutcome(replica.committed, transaction.replica, transaction.counter);
    }
    try {
      checkFollows(replica, transaction);
      if (transaction.replica !== replica.id) replica.receive(transaction);
      return outcome(transaction, 'held');
    } catch (error) {
      if (!(error instanceof SyncError) || !unordered.has(error.code)) throw error;
      const { reason, message } = error;
      const refusal = { reason, message, changeIndex: 0, currentEtag: '' };
      return { ...outcome(transaction, 'unordered'), refusal };
    }
  });
}

/** A transaction that cannot take its place now: an outcome too, so that those of others go on. */
const unordered: ReadonlySet<Code> = new Set([Code.failedPrecondition, Code.resourceExhausted]);

function outcome({ replica, counter }: Transaction, status: Outcome['status']): Outcome {
  return { replica, counter, status, refusal: undefined };
}

/**
 * FAILED_PRECONDITION REPLICA_FORKED where another transaction is held under this counter, or this one builds on
 * another than the one that is held. To call it held would let its writer drop it with the other's settlement.
 */
function checkFollows(replica: Replica, transaction: Transaction): void {
  const { replica: writer, counter, previousDigest } = transaction;
  const held = replica.queue.of(writer);
  const first = held[0]?.transaction.counter ?? counter;
  const same = held[counter - first]?.transaction;
  const before = held[counter - first - 1]?.transaction;
  const fits =
    same === undefined
      ? before === undefined || previousDigest.length === 0 || follows(transaction, before)
      : bytesEqual(digestOf(same), digestOf(transaction));
  if (fits) return;
  throw new SyncError(
    Code.failedPrecondition,
    'REPLICA_FORKED',
    `transaction ${counter} of ${writer} is not the one that is held: two devices share this identity`,
    { metadata: { replica_id: writer, counter: String(counter) } },
  );
}

function follows(transaction: Transaction, before: Transaction): boolean {
  return bytesEqual(transaction.previousDigest, digestOf(before));
}
