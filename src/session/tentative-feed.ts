import { Code, SyncError } from '../base/errors.ts';
import type { ToldPosition } from '../change/row-delta.ts';
import { bytesAbout, type Named, type Transaction } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { Relayed } from './messages.ts';
import { goesInParts } from './part-sender.ts';
import type { SyncSource } from './source.ts';
import { coverTest } from './subscription.ts';

/**
 * What one client is told of writers: tentative transactions of others that a relay carries, each as far as the
 * client may see all of its rows, and how far writers are settled. Behind one that it may not see nothing of its writer is
 * passed on.
 *
 * A client holds of each writer counters without a gap, so nothing of a writer is passed on while the client
 * still has to be told at a checkpoint how far that writer is settled.
 */
export class TentativeFeed {
  private readonly source: SyncSource;
  private readonly own: string;
  private readonly relay: boolean;
  private readonly isServed: (scope: string) => boolean;
  /** By writer: the settled counter that the client was told. It may hold transactions of these, and its own, only. */
  private readonly told = new Map<string, number>();
  /** By writer: the counter up to which the client has its tentative transactions, or has just pushed them. */
  private readonly sent = new Map<string, number>();
  /** By writer: the counter up to which they were passed on to it. */
  private readonly passed = new Map<string, number>();
  /** By writer: the counter up to which the client was told that what it pushed is held, so that it sends it no more. */
  private readonly held = new Map<string, number>();
  /** By writer: the counter up to which the client was told, at its first checkpoint, that it may keep what it has. */
  private readonly vouched = new Map<string, number>();
  /** Writers of whom a relay has to be told that this server let go of what it carried. */
  private readonly dropped = new Set<string>();
  private greeted = false;
  private seen: readonly PreparedTransaction[] = [];
  private seenHead = -1;

  /** A `relay` lets go of what it holds only when it is settled. Of its `former` ids a client may hold something too. */
  constructor(
    source: SyncSource,
    own: string,
    scopes: readonly string[],
    { relay, former }: { readonly relay: boolean; readonly former: readonly string[] },
  ) {
    this.source = source;
    this.own = own;
    this.relay = relay;
    this.isServed = coverTest(scopes);
    // Its own it is told in the welcome.
    this.told.set(own, source.settledOf(own).counter);
    for (const id of former) this.told.set(id, 0);
  }

  /** The client has just pushed this transaction. Where it is a relay, one of another writer need not come back. */
  known({ replica, counter }: Named): void {
    if (this.relay && replica !== this.own && counter > (this.sent.get(replica) ?? 0)) {
      this.sent.set(replica, counter);
    }
  }

  /** The client is told that this transaction, which it has pushed, is held. */
  noteHeld({ replica, counter }: Named): void {
    this.held.set(replica, Math.max(counter, this.held.get(replica) ?? 0));
  }

  /**
   * The next transactions to pass on, or undefined until something changes. UNAVAILABLE RELAYED_DROPPED where nobody carries
   * any more what the client was passed, or was told to be held: it greets again, lets go of the ones and sends the others. A
   * relay, which serves others meanwhile, is told of other writers' at the next checkpoint.
   */
  next(): Relayed | undefined {
    const tentative = this.source.tentative();
    const { head } = this.source.state;
    if (tentative === this.seen && head === this.seenHead) return undefined;
    this.checkCarried();
    if (tentative.length === 0) {
      this.seen = tentative;
      this.seenHead = head;
      return undefined;
    }
    const { transactions, more } = this.gather(tentative);
    if (!more) {
      this.seen = tentative;
      this.seenHead = head;
    }
    return transactions.length === 0 ? undefined : { type: 'relayed', transactions };
  }

  /**
   * Settled positions for a checkpoint, each told once: the client's own where it has moved since the welcome, and those
   * of writers of whom it may hold something. The first checkpoint of a session names all writers whose transactions will
   * follow it, and how many, so the client knows which of those that it holds from before nobody carries any more.
   */
  settled(): Map<string, ToldPosition> {
    const { source } = this;
    const carried = this.greeted ? new Map<string, number>() : this.visible();
    this.greeted = true;
    const settled = new Map<string, ToldPosition>();
    for (const [replica, counter] of carried) {
      if (!this.told.has(replica)) this.told.set(replica, 0);
      this.vouched.set(replica, counter);
      settled.set(replica, { ...source.settledOf(replica), carried: counter });
    }
    for (const replica of this.told.keys()) {
      if (!settled.has(replica) && this.isBehind(replica)) {
        settled.set(replica, source.settledOf(replica));
      }
    }
    for (const replica of this.dropped) {
      const carried = source.carriedTo(replica);
      settled.set(replica, { ...source.settledOf(replica), carried, dropped: true });
    }
    this.dropped.clear();
    for (const [replica, { counter }] of settled) this.told.set(replica, counter);
    // What waited for this is not held back any more.
    if (settled.size > 0) this.seenHead = -1;
    return settled;
  }

  /** Whether the client has to be told, at a checkpoint, of what was let go of. */
  get owesDropped(): boolean {
    return this.dropped.size > 0;
  }

  /** Whether `settled` would tell of a position, once the client has had its first checkpoint. */
  get owesPositions(): boolean {
    if (this.owesDropped) return true;
    for (const replica of this.told.keys()) if (this.isBehind(replica)) return true;
    return false;
  }

  /**
   * What was vouched for, passed on or held, and is not settled, is still carried: but where its writer's id has turned out
   * to be two, or a home lacks what comes before it.
   */
  private checkCarried(): void {
    // What a relay was told before it was passed on it does not count on.
    const vouched = this.relay ? [] : this.vouched;
    for (const [replica, counter] of [...vouched, ...this.passed, ...this.held]) {
      const carried = this.source.carriedTo(replica);
      if (counter <= carried) continue;
      if (counter > this.source.settledOf(replica).counter) this.drop(replica, carried);
      for (const shown of [this.vouched, this.passed, this.held]) shown.delete(replica);
    }
  }

  private drop(replica: string, carried: number): void {
    if (!this.relay || replica === this.own) throw relayedDropped(replica);
    this.dropped.add(replica);
    // What comes anew is passed on.
    this.sent.set(replica, carried);
  }

  private gather(tentative: readonly PreparedTransaction[]): {
    transactions: Transaction[];
    more: boolean;
  } {
    const { source } = this;
    const transactions: Transaction[] = [];
    const { pushTransactionsMax, pushBytesMax } = source.limits;
    const closed = new Set<string>();
    let bytes = 0;
    for (const prepared of tentative) {
      const { replica, counter } = prepared.transaction;
      if (replica === this.own || closed.has(replica)) continue;
      if (counter <= (this.sent.get(replica) ?? 0)) continue;
      if (this.isDue(replica) || !this.isVisible(prepared)) {
        closed.add(replica);
        continue;
      }
      bytes += bytesAbout(prepared.transaction.changes);
      const isFull = transactions.length >= pushTransactionsMax || bytes > pushBytesMax;
      if (isFull && transactions.length > 0) return { transactions, more: true };
      transactions.push(prepared.transaction);
      this.sent.set(replica, counter);
      this.passed.set(replica, counter);
      if (!this.told.has(replica)) this.told.set(replica, source.settledOf(replica).counter);
    }
    return { transactions, more: false };
  }

  /** Whether a checkpoint has to tell this writer's position first. */
  private isDue(replica: string): boolean {
    return this.told.has(replica) && this.isBehind(replica);
  }

  /** Whether a writer of whom the client was told has moved on. */
  private isBehind(replica: string): boolean {
    return this.source.settledOf(replica).counter > this.told.get(replica)!;
  }

  /** What is too large for one message is shown once it is committed. */
  private isVisible(prepared: PreparedTransaction): boolean {
    if (goesInParts(prepared.transaction, this.source.limits)) return false;
    return this.source.scopesOf(prepared)?.every(this.isServed) ?? false;
  }

  /** By writer: up to which counter its transactions go that this client may see. */
  private visible(): Map<string, number> {
    const visible = new Map<string, number>();
    const closed = new Set<string>([this.own]);
    for (const prepared of this.source.tentative()) {
      const { replica, counter } = prepared.transaction;
      if (closed.has(replica)) continue;
      if (this.isVisible(prepared)) visible.set(replica, counter);
      else closed.add(replica);
    }
    return visible;
  }
}

function relayedDropped(replica: string): SyncError {
  return new SyncError(
    Code.unavailable,
    'RELAYED_DROPPED',
    `transactions of ${replica} are not carried any more: connect again`,
    { metadata: { replica_id: replica } },
  );
}
