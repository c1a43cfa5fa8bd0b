import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';

/** A transaction of this replica that the home refused: out of the view, kept until it is dealt with. */
export interface ParkedTransaction {
  readonly transaction: Transaction;
  readonly outcome: Outcome;
}

/** Those of a line that were refused, with what was said of each. */
export function refusedOf(
  settled: readonly { readonly transaction: Transaction }[],
  outcomes: readonly Outcome[],
): ParkedTransaction[] {
  return settled
    .map(({ transaction }, index) => ({ transaction, outcome: outcomes[index]! }))
    .filter(({ outcome }) => outcome.status === 'refused');
}
