import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';

/**
 * A transaction of this replica that the home refused; or that it could not order for good, and then its outcome is
 * UNORDERED and says why. Out of the view, kept until it is dealt with.
 */
export interface ParkedTransaction {
  readonly transaction: Transaction;
  readonly outcome: Outcome;
}

/** A replica's parked transactions, in the order of their parking. */
export class ParkedTransactions {
  /** Another array whenever they change. */
  all: readonly ParkedTransaction[] = [];

  add(parked: readonly ParkedTransaction[]): void {
    if (parked.length > 0) this.all = [...this.all, ...parked];
  }

  /** These are to be judged anew. */
  remove(transactions: readonly Transaction[]): void {
    const again = new Set(transactions.map(nameOf));
    if (again.size === 0) return;
    this.all = this.all.filter(({ transaction }) => !again.has(nameOf(transaction)));
  }
}

/** Those of a line that were refused, or could not be ordered for good, with what was said of each. */
export function parkedOf(
  line: readonly { readonly transaction: Transaction }[],
  outcomes: readonly Outcome[],
): ParkedTransaction[] {
  return line
    .map(({ transaction }, index) => ({ transaction, outcome: outcomes[index]! }))
    .filter(({ outcome }) => outcome.status !== 'committed');
}

function nameOf({ replica, counter }: Transaction): string {
  return `${replica}/${counter}`;
}
