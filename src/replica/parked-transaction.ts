import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';

/** A transaction of this replica that the home refused: out of the view, kept until it is dealt with. */
export interface ParkedTransaction {
  readonly transaction: Transaction;
  readonly outcome: Outcome;
}
