import { SyncError } from '../base/errors.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Replica } from '../replica/replica.ts';
import type { PushPlan } from './push-plan.ts';

/** Takes up what a relay passes on, as far as there is room. Another relay need not send it back. */
export function takeAllRelayed(
  replica: Replica,
  transactions: readonly Transaction[],
  pushes: Pick<PushPlan, 'carried'>,
): void {
  for (const transaction of transactions) {
    if (transaction.replica === replica.id) continue;
    if (replica.options.relay) pushes.carried(transaction.replica, transaction.counter);
    if (!takeRelayed(replica, transaction)) break;
  }
}

/**
 * Takes up another writer's transaction. Where it does not follow those that are held, the server knows that they
 * are settled or gone, so they make room. False where the queue is full: what others do is worth no error.
 */
export function takeRelayed(replica: Replica, transaction: Transaction): boolean {
  try {
    replica.receive(transaction);
    return true;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    if (error.reason === 'QUEUE_FULL') return false;
    if (error.reason !== 'COUNTER_GAP') throw error;
    // A relay has promised to carry on what it holds.
    if (replica.options.relay || replica.keepsOf(transaction.replica)) return true;
    replica.dropForeign((writer) => writer !== transaction.replica);
    return takeRelayed(replica, transaction);
  }
}
