import { stampMs } from '../base/stamp.ts';
import type { Outcome } from '../change/commit.ts';
import { bytesAbout, type Transaction } from '../change/transaction.ts';

/**
 * What has become of a transaction so far: it waits here, a relay carries it as well, or the server has committed or refused
 * it; `unordered` is one that can never be ordered, and is parked.
 */
export type TransactionState = 'pending' | 'held' | 'committed' | 'refused' | 'unordered';

/** A transaction that waits to be settled. */
export interface PendingTransaction {
  /** Its number under the present id; another once the client goes on under a new id. */
  readonly counter: number;
  readonly state: TransactionState;
  /** When it was written, by this device's clock; no earlier than what was written before it. */
  readonly writtenAtMs: number;
  /** Rows that it changes, each as often as it does. */
  readonly changes: number;
  /** What it takes in a message, about. */
  readonly bytes: number;
  /** How often it was sent. */
  readonly tries: number;
}

/** A queued transaction. Edits of one row that became one transaction share what becomes of it; see `OpenOptions.coalesce`. */
export interface Written {
  /** Its number under the present id of the client; another once that goes on under a new id. 0 of local tables alone. */
  readonly counter: number;
  readonly state: TransactionState;
  /** Resolves when it is on stable storage, at once in memory. Rejects where the client ends before it could be. */
  readonly stored: Promise<void>;
  /** Resolves when somebody else has stored it too: a relay, which carries it to the server, or the server itself. */
  readonly held: Promise<void>;
  /**
   * Resolves when the home has committed or refused it. Never rejects; waits for ever while offline. It is `unordered`,
   * COUNTER_FORGOTTEN, where another device has the same id and nobody can tell any more whether this was ordered: it is
   * parked then.
   */
  readonly outcome: Promise<Outcome>;
}

/** A transaction of this client, and those who wait for what becomes of it. */
export class WrittenTransaction implements PendingTransaction {
  counter: number;
  tries = 0;
  readonly writtenAtMs: number;
  readonly changes: number;
  bytes: number;
  private current: TransactionState = 'pending';
  private told: Outcome | undefined;
  // Most are never waited for.
  private outcomeWaiter: PromiseWithResolvers<Outcome> | undefined;
  private heldWaiter: PromiseWithResolvers<void> | undefined;

  constructor({ counter, stamp, changes }: Transaction) {
    this.counter = counter;
    this.writtenAtMs = stampMs(stamp);
    this.changes = changes.length;
    this.bytes = bytesAbout(changes);
  }

  get state(): TransactionState {
    return this.current;
  }

  get held(): Promise<void> {
    if (this.current !== 'pending') return Promise.resolve();
    this.heldWaiter ??= Promise.withResolvers();
    return this.heldWaiter.promise;
  }

  get outcome(): Promise<Outcome> {
    if (this.told !== undefined) return Promise.resolve(this.told);
    this.outcomeWaiter ??= Promise.withResolvers();
    return this.outcomeWaiter.promise;
  }

  /** What its writer is given. `stored` resolves when it is on stable storage. */
  with(stored: Promise<void>): Written {
    const written = this;
    return {
      stored,
      get counter() {
        return written.counter;
      },
      get state() {
        return written.state;
      },
      get held() {
        return written.held;
      },
      get outcome() {
        return written.outcome;
      },
    };
  }

  /** A relay has stored it, and carries it on. */
  hold(): void {
    this.current = 'held';
    this.heldWaiter?.resolve();
  }

  settle(outcome: Outcome): void {
    this.current = outcome.status;
    this.told = outcome;
    this.heldWaiter?.resolve();
    this.outcomeWaiter?.resolve(outcome);
  }
}

/** What was written to local tables alone: nobody else has a say in it. */
export function writtenLocally(replica: string, stored: Promise<void>): Written {
  const outcome: Outcome = {
    ...{ replica, counter: 0, refusal: undefined, conflicts: 0 },
    status: 'committed',
  };
  return {
    ...{ counter: 0, state: 'committed', stored },
    ...{ held: Promise.resolve(), outcome: Promise.resolve(outcome) },
  };
}
