import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import type { SavedWrites } from '../../src/replica/replica.ts';

/**
 * A client's own disk: its identity, its counters and what it wrote that is not settled. Its copy is not kept, and
 * comes again with the first sync after a crash.
 */
export class ClientStore {
  counter = 0;
  private stamp = 0;
  private digest: Uint8Array = new Uint8Array(0);
  private own: Transaction[] = [];
  private others: readonly Transaction[] = [];

  /** Takes the next transaction that the client wrote. */
  save(transaction: Transaction): void {
    this.own.push(transaction);
    this.counter = transaction.counter;
    this.stamp = transaction.stamp;
  }

  /** Lets go of what is settled. */
  settle(counter: number): void {
    while (this.own.length > 0 && this.own[0]!.counter <= counter) {
      this.digest = digestOf({ ...this.own.shift()!, previousDigest: this.digest });
    }
  }

  /** What a relay carries for other writers now. */
  saveOthers(others: readonly Transaction[]): void {
    this.others = others;
  }

  load(): SavedWrites {
    const { counter, stamp, digest, others } = this;
    return { counter, stamp, digest, own: [...this.own], others };
  }
}
