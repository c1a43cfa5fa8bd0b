import { bytesEqual } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import { heldOutcome, type Outcome, type Settled, unorderedOutcome } from '../change/commit.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { PushLines } from '../replica/push-lines.ts';
import type { Replica } from '../replica/replica.ts';
import {
  counterForgotten,
  heldDiffers,
  replicaForked,
  writeUnknown,
} from '../replica/replica-errors.ts';
import { settledOutcome } from '../replica/system-rows.ts';
import { writtenScopes } from '../replica/written-scopes.ts';
import { writeTest } from './rights.ts';
import type { Identity } from './source.ts';

/**
 * Takes up a push at a relay and returns its outcomes: `held` for what the relay carries on from now, the home's own
 * outcome for what it has settled, `unordered` for what cannot be carried (a counter is missing, the queue is full,
 * the counter is another transaction's, one before it in the push could not be carried, the pusher may not write it as
 * far as is known here). The caller stores the queue before it answers: held means stored.
 */
export function holdTransactions(
  replica: Replica,
  push: readonly PreparedTransaction[],
  pusher: Pick<Identity, 'writeScopes'>,
): Outcome[] {
  const lines = new PushLines();
  const outcomes = new Map<PreparedTransaction, Outcome>();
  for (const prepared of inJoiningOrder(replica, push)) {
    const { transaction } = prepared;
    try {
      outcomes.set(prepared, hold(replica, prepared, lines, pusher));
    } catch (error) {
      if (!(error instanceof SyncError) || !unordered.has(error.code)) throw error;
      // Whether it is its writer's is told by those behind it: the newest that is settled can be compared.
      if (error.reason !== 'COUNTER_FORGOTTEN') lines.broke(transaction);
      outcomes.set(prepared, unorderedOutcome(transaction, error));
    }
  }
  return push.map((prepared) => outcomes.get(prepared)!);
}

/**
 * What comes before all that is held of its writer has a place only at that end, so the last of it comes first: a home that
 * has lost them needs them again, and only their writer has them.
 */
function inJoiningOrder(
  { queue }: Replica,
  push: readonly PreparedTransaction[],
): readonly PreparedTransaction[] {
  const isBefore = ({ transaction: { replica, counter } }: PreparedTransaction) =>
    counter < (queue.of(replica)[0]?.transaction.counter ?? 0);
  const before = push.filter(isBefore);
  if (before.length < 2) return push;
  before.sort((left, right) => right.transaction.counter - left.transaction.counter);
  return [...before, ...push.filter((prepared) => !isBefore(prepared))];
}

function hold(
  replica: Replica,
  prepared: PreparedTransaction,
  lines: PushLines,
  pusher: Pick<Identity, 'writeScopes'>,
): Outcome {
  const { transaction } = prepared;
  const settled = replica.settledOf(transaction.replica);
  if (transaction.counter <= settled.counter) return settledAs(replica, transaction, settled);
  if (isHeld(replica, transaction)) return heldOutcome(transaction);
  checkFollows(replica, transaction);
  lines.check(transaction);
  if (transaction.replica !== replica.id) take(replica, prepared, pusher);
  return heldOutcome(transaction);
}

/** A transaction that cannot take its place now: an outcome too, so that those of others go on. */
const unordered: ReadonlySet<Code> = new Set([Code.failedPrecondition, Code.resourceExhausted]);

/**
 * To the home it is the relay that pushes, so whether the writer may write these rows is asked here. FAILED_PRECONDITION
 * WRITE_UNKNOWN where that cannot be said of all that is known of them: the home can say it.
 */
function take(
  replica: Replica,
  prepared: PreparedTransaction,
  pusher: Pick<Identity, 'writeScopes'>,
): void {
  const { transaction } = prepared;
  const { replica: writer, counter } = transaction;
  replica.queue.checkPlace(writer, counter);
  if (!mayWriteAll(replica, prepared, pusher)) {
    replica.queue.passOver(writer, counter);
    throw writeUnknown(writer, counter);
  }
  replica.receive(transaction);
}

function mayWriteAll(
  replica: Replica,
  prepared: PreparedTransaction,
  pusher: Pick<Identity, 'writeScopes'>,
): boolean {
  // Who may write everything may write what is not known here, too.
  if (pusher.writeScopes.includes('*')) return true;
  return writtenScopes(replica, prepared)?.every(writeTest(pusher)) ?? false;
}

/** Of what is settled a relay knows only each writer's newest: of older ones it cannot say whether they are the same. */
function settledAs(replica: Replica, transaction: Transaction, settled: Settled): Outcome {
  const { replica: writer, counter } = transaction;
  if (counter < settled.counter) throw counterForgotten(writer, counter);
  if (!bytesEqual(digestOf(transaction), settled.digest)) throw replicaForked(writer, counter);
  return settledOutcome(replica.committed, transaction);
}

/**
 * FAILED_PRECONDITION HELD_DIFFERS where another transaction is held under this counter: to call this one held would
 * let its writer drop it with the other's settlement.
 */
function isHeld(replica: Replica, transaction: Transaction): boolean {
  const { replica: writer, counter } = transaction;
  const same = heldUnder(replica, writer, counter);
  if (same === undefined) return false;
  if (!bytesEqual(digestOf(same), digestOf(transaction))) throw heldDiffers(writer, counter);
  return true;
}

function heldUnder(replica: Replica, writer: string, counter: number): Transaction | undefined {
  const queue = replica.queue.of(writer);
  return queue[counter - (queue[0]?.transaction.counter ?? counter)]?.transaction;
}

/**
 * FAILED_PRECONDITION HELD_DIFFERS where it builds on another than the one that is held, or the one that is held builds on
 * another than this one; REPLICA_FORKED where it builds on another than the one that is settled.
 */
function checkFollows(replica: Replica, transaction: Transaction): void {
  const { replica: writer, counter, previousDigest } = transaction;
  const behind = heldUnder(replica, writer, counter + 1)?.previousDigest;
  if (behind !== undefined && behind.length > 0 && !bytesEqual(behind, digestOf(transaction))) {
    throw heldDiffers(writer, counter);
  }
  if (previousDigest.length === 0) return;
  const before = heldUnder(replica, writer, counter - 1);
  if (before !== undefined && !bytesEqual(previousDigest, digestOf(before))) {
    throw heldDiffers(writer, counter);
  }
  const settled = replica.settledOf(writer);
  if (counter === settled.counter + 1 && !bytesEqual(previousDigest, settled.digest)) {
    throw replicaForked(writer, counter);
  }
}
