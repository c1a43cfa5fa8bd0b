import type { Outcome } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Transaction } from '../change/transaction.ts';
import { settledOutcome } from './system-rows.ts';

/**
 * A transaction of this replica that the home refused; or that it could not order for good, and then its outcome is
 * UNORDERED and says why. Out of the view, kept until it is dealt with.
 */
export interface ParkedTransaction {
  readonly transaction: Transaction;
  readonly outcome: Outcome;
}

interface Written {
  readonly transaction: Transaction;
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
    if (this.all.length === 0 || transactions.length === 0) return;
    const again = new Set(transactions.map(nameOf));
    const left = this.all.filter(({ transaction }) => !again.has(nameOf(transaction)));
    if (left.length < this.all.length) this.all = left;
  }

  /** Those are parked that a copy, which settles them, says were refused. Returns the outcomes. */
  settle(settled: readonly Written[], copy: CommittedState): Outcome[] {
    const outcomes = settled.map(({ transaction }) => settledOutcome(copy, transaction));
    this.add(parkedOf(settled, outcomes));
    return outcomes;
  }

  /** The same of what was settled elsewhere before: what became of it there does not count, where it is otherwise here. */
  resettle(settled: readonly Written[], copy: CommittedState): void {
    if (settled.length === 0) return;
    const names = new Set(this.all.map(({ transaction }) => nameOf(transaction)));
    const isParked = ({ transaction }: Written) => names.has(nameOf(transaction));
    this.settle(
      settled.filter((each) => !isParked(each)),
      copy,
    );
    const parked = settled.filter(isParked).map(({ transaction }) => transaction);
    this.remove(parked.filter((each) => settledOutcome(copy, each).status === 'committed'));
  }
}

/** Those of a line that were refused, or could not be ordered for good, with what was said of each. */
export function parkedOf(
  line: readonly Written[],
  outcomes: readonly Outcome[],
): ParkedTransaction[] {
  return line
    .map(({ transaction }, index) => ({ transaction, outcome: outcomes[index]! }))
    .filter(({ outcome }) => outcome.status !== 'committed');
}

function nameOf({ replica, counter }: Transaction): string {
  return `${replica}/${counter}`;
}
