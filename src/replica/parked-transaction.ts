import type { Outcome } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { type Named, nameOf, type Transaction } from '../change/transaction.ts';
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

  /** These are to be judged anew, or somebody has dealt with them. */
  remove(transactions: readonly Named[]): void {
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

  /** Those of an id, up to a counter, that a home has judged. */
  refusedOf(id: string, counter: number): ParkedTransaction[] {
    return this.all.filter(
      ({ transaction, outcome }) =>
        transaction.replica === id &&
        transaction.counter <= counter &&
        outcome.status === 'refused',
    );
  }

  /** The same as `settle` of what was settled elsewhere before: what became of it there, and why, does not count here. */
  resettle(settled: readonly Written[], copy: CommittedState): void {
    if (settled.length === 0) return;
    const judged = new Map(
      settled.map(({ transaction }) => {
        const outcome = settledOutcome(copy, transaction);
        return [nameOf(transaction), { transaction, outcome }];
      }),
    );
    const all = this.all.map((parked) => {
      const name = nameOf(parked.transaction);
      const again = judged.get(name);
      judged.delete(name);
      return again ?? parked;
    });
    this.all = [...all, ...judged.values()].filter(({ outcome }) => isParked(outcome));
  }
}

/** Those of a line that were refused, or could not be ordered for good, with what was said of each. */
export function parkedOf(
  line: readonly Written[],
  outcomes: readonly Outcome[],
): ParkedTransaction[] {
  return line
    .map(({ transaction }, index) => ({ transaction, outcome: outcomes[index]! }))
    .filter(({ outcome }) => isParked(outcome));
}

const isParked = ({ status }: Outcome) => status !== 'committed';
