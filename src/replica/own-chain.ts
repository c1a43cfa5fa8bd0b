import { bytesEqual } from '../base/bytes.ts';
import type { Stamp } from '../base/stamp.ts';
import { nothingSettled, type Settled } from '../change/commit.ts';
import { digestOf, type Transaction } from '../change/transaction.ts';
import type { TentativeQueue } from './tentative-queue.ts';

/** Where a replica's own transactions stood when it was stored. */
export interface SavedChain {
  /** Counter of its newest transaction; 0 where it never wrote. */
  readonly counter: number;
  readonly stamp: Stamp;
  /** Digest of the sealed transaction before the first of `own`; empty for none. */
  readonly digest: Uint8Array;
  /** Its own transactions that are not settled, in order. */
  readonly own: readonly Transaction[];
}

/**
 * One identity's line of transactions: each has the next counter and the digest of the one before. It begins behind
 * what is settled, goes on through the queue, and is sealed up to where it may have left this replica.
 */
export class OwnChain {
  readonly id: string;
  private readonly queue: TentativeQueue;
  private newest: number;
  private newestStamp: Stamp;
  private sealedLast: Settled;
  private settledLast: Settled;

  constructor(id: string, queue: TentativeQueue, saved: SavedChain = neverWrote) {
    this.id = id;
    this.queue = queue;
    this.newest = saved.counter;
    this.newestStamp = saved.stamp;
    this.settledLast = { counter: saved.counter - saved.own.length, digest: saved.digest };
    this.sealedLast = this.settledLast;
  }

  /** Counter of the newest transaction; 0 for none. */
  get counter(): number {
    return this.newest;
  }

  /** Stamp of the newest transaction; 0 for none. */
  get stamp(): Stamp {
    return this.newestStamp;
  }

  /** Counter of the newest one that is settled, as far as this replica was told. */
  get settled(): number {
    return this.settledLast.counter;
  }

  /** How far it is settled as far as is known. */
  get settledTo(): Settled {
    return this.settledLast;
  }

  /** Goes on where a stored one stood: what is queued behind it is sealed anew, which gives the same bytes. */
  restore(counter: number, stamp: Stamp, settled: Settled): void {
    this.newest = counter;
    this.newestStamp = stamp;
    this.settledLast = settled;
    this.sealedLast = settled;
  }

  /** Counter of the newest one that is sealed. */
  get sealed(): number {
    return this.sealedLast.counter;
  }

  /** The next transaction is in the queue. */
  wrote(counter: number, stamp: Stamp): void {
    this.newest = counter;
    this.newestStamp = stamp;
  }

  /** One in the queue that is not sealed has become another. */
  amended(stamp: Stamp): void {
    this.newestStamp = stamp;
  }

  /** Fixes the bytes of what is in the queue: it is about to be handed out. */
  seal(): void {
    for (const entry of this.queue.behind(this.id, this.sealed)) {
      const sealed = { ...entry.transaction, previousDigest: this.sealedLast.digest };
      this.queue.replace({ ...entry, transaction: sealed });
      this.sealedLast = { counter: sealed.counter, digest: digestOf(sealed) };
    }
  }

  /**
   * Whether what is settled of this identity is of this line. What is before the settled part is: it was compared
   * then. What was never sealed cannot be.
   */
  agrees({ counter, digest }: Settled): boolean {
    const { settledLast } = this;
    if (counter < settledLast.counter) return true;
    const own = counter === settledLast.counter ? settledLast.digest : this.digestAt(counter);
    return own !== undefined && bytesEqual(own, digest);
  }

  /** The line up to here, with which it agrees, is settled. */
  settle(position: Settled): void {
    if (position.counter > this.settledLast.counter) this.settledLast = position;
  }

  /** What was settled is to be settled again from `first` on, where there is anything. Returns the counter before it. */
  rewind(first: Transaction | undefined): number {
    const counter = (first?.counter ?? this.newest + 1) - 1;
    this.settledLast = { counter, digest: first?.previousDigest ?? nothingSettled.digest };
    return counter;
  }

  private digestAt(counter: number): Uint8Array | undefined {
    if (counter > this.sealed) return undefined;
    const [entry] = this.queue.behind(this.id, counter - 1);
    return entry && digestOf(entry.transaction);
  }
}

const neverWrote: SavedChain = {
  counter: 0,
  stamp: 0,
  digest: nothingSettled.digest,
  own: [],
};
