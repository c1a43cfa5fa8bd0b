import type { CommittedState } from '../change/committed-state.ts';
import { numbersIn } from '../change/row-numbers.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Push } from './messages.ts';
import type { PushBatch } from './push-batch.ts';

/** A batch as a message, and how it may go by columns; `committed` is the copy that is shown. */
export function pushOf(
  transactions: readonly Transaction[],
  batch: Pick<PushBatch, 'columnsOf' | 'takesNumbers'>,
  committed: CommittedState,
): Push {
  const numberOf = batch.takesNumbers ? numbersIn(committed) : undefined;
  return { type: 'push', transactions, columns: batch.columnsOf(transactions), numberOf };
}
