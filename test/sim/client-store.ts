import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import type { SavedWrites } from '../../src/replica/saved-writes.ts';

/**
 * A client's own disk: its identity, its counters and what it wrote that is not settled. Its copy is not kept, and
 * comes again with the first sync after a crash.
 */
export class ClientStore {
  id: string;
  counter = 0;
  /** Every write that it ever had, settled or not, by the number that the checker gave it. */
  writes: readonly number[] = [];
  private stamp = 0;
  private digest: Uint8Array = new Uint8Array(0);
  private own: readonly Transaction[] = [];
  private others: readonly Transaction[] = [];
  private former: readonly string[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** Takes the next transaction that the client wrote. */
  save(transaction: Transaction, write: number): void {
    this.own = [...this.own, transaction];
    this.counter = transaction.counter;
    this.stamp = transaction.stamp;
    this.writes = [...this.writes, write];
  }

  /** Lets go of what is settled. */
  settle(counter: number): void {
    for (const next of this.own.filter((transaction) => transaction.counter <= counter)) {
      this.digest = digestOf({ ...next, previousDigest: this.digest });
    }
    this.own = this.own.filter((transaction) => transaction.counter > counter);
  }

  /** What a relay carries for other writers now. */
  saveOthers(others: readonly Transaction[]): void {
    this.others = others;
  }

  /** The client goes on under another id, with what waits. */
  saveIdentity(
    { id, former }: { id: string; former: readonly string[] },
    own: readonly Transaction[],
  ): void {
    this.id = id;
    this.former = former;
    this.counter = own.length;
    this.digest = new Uint8Array(0);
    this.own = own;
  }

  /** A backup, or another device's copy. */
  copy(): ClientStore {
    const copy = new ClientStore(this.id);
    return Object.assign(copy, this);
  }

  load(): SavedWrites {
    const { counter, stamp, digest, own, others, former } = this;
    return { counter, stamp, digest, own, others, former };
  }
}

/** Transactions that wait, as they are. */
export function ownOf(replica: Replica): Transaction[] {
  return replica.queue.of(replica.id).map(({ transaction }) => transaction);
}
