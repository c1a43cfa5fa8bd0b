import { Code, SyncError } from '../base/errors.ts';
import type { Stamp } from '../base/stamp.ts';
import { bytesAbout } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { counterGap } from './replica-errors.ts';

/** A transaction that waits to be settled. */
export interface TentativeTransaction extends PreparedTransaction {
  /** Its stamp, or the writer's one before where that is later: keeps each writer's own order. */
  readonly orderStamp: Stamp;
}

/** The order in which tentative transactions apply, the same on every replica (design 2). */
export function compareTentative(left: TentativeTransaction, right: TentativeTransaction): number {
  const a = left.transaction;
  const b = right.transaction;
  if (a.replica === b.replica) return a.counter - b.counter;
  if (left.orderStamp !== right.orderStamp) return left.orderStamp - right.orderStamp;
  return a.replica < b.replica ? -1 : 1;
}

/** Which transactions count against the limit: all, only those of the same writer, or none. */
export type Counted = 'all' | 'writer' | 'none';

/**
 * Tentative transactions of any number of writers: for each an interval of counters without gaps, behind the
 * settled one.
 */
export class TentativeQueue {
  private readonly writers = new Map<string, TentativeTransaction[]>();
  /** By writer: the next transaction, which found no room or was passed over. Others behind it must not come before it. */
  private readonly missing = new Map<string, number>();
  private readonly lengthMax: number;
  private readonly bytesMax: number;
  private count = 0;
  /** By writer: what its transactions take, about. */
  private readonly bytes = new Map<string, number>();
  private byteCount = 0;
  private sorted: TentativeTransaction[] | undefined;

  /** The transaction that reaches `bytesMax` is the last that is taken, so that a large one is taken where nothing waits. */
  constructor(lengthMax: number, bytesMax = Number.POSITIVE_INFINITY) {
    this.lengthMax = lengthMax;
    this.bytesMax = bytesMax;
  }

  get length(): number {
    return this.count;
  }

  /**
   * Takes up a transaction at either end of its writer's interval, or nothing where it is here already. The first one
   * of a writer may have any counter: whoever hands it over has settled those before. It takes no place in the order
   * before that of `orderStampMin`.
   *
   * FAILED_PRECONDITION COUNTER_GAP where one between is missing; RESOURCE_EXHAUSTED QUEUE_FULL where so many wait.
   */
  add(
    prepared: PreparedTransaction,
    counted: Counted = 'all',
    orderStampMin: Stamp = 0,
  ): TentativeTransaction | undefined {
    const { replica, counter } = prepared.transaction;
    const queue = this.writers.get(replica) ?? [];
    const first = queue[0]?.transaction.counter ?? counter;
    const next = this.nextOf(replica, counter);
    if (counter >= first && counter < next && queue.length > 0) return undefined;
    this.checkPlace(replica, counter);
    this.checkRoom(replica, counter, counted, counter === next);
    const entry = this.placed(prepared, orderStampMin);
    if (counter < first) queue.unshift(entry);
    else queue.push(entry);
    this.writers.set(replica, queue);
    if (counter === next) this.missing.delete(replica);
    this.added(replica, [entry]);
    return entry;
  }

  /**
   * Takes up a line of one writer, in the order of its counters, before what is here of it, whatever waits; what is here
   * already is passed over. Returns what was taken up. COUNTER_GAP as above, and nothing is taken up.
   */
  addBefore(line: readonly PreparedTransaction[]): TentativeTransaction[] {
    const newest = line.at(-1);
    if (newest === undefined) return [];
    const { replica } = newest.transaction;
    const added: TentativeTransaction[] = [];
    if (this.of(replica).length === 0) added.push(this.add(newest, 'none')!);
    const queue = this.of(replica);
    let first = queue[0]!;
    const before: TentativeTransaction[] = [];
    for (const prepared of line.toReversed()) {
      const { counter, stamp } = prepared.transaction;
      const place = first.transaction.counter - 1;
      if (counter > place) continue;
      if (counter < place) throw counterGap(replica, counter, place);
      first = { ...prepared, orderStamp: Math.min(stamp, first.orderStamp) };
      before.push(first);
    }
    before.reverse();
    this.writers.set(replica, [...before, ...queue]);
    this.added(replica, before);
    return [...before, ...added];
  }

  /** Takes up what was stored, as it stood, behind those of its writer. */
  restore(entry: TentativeTransaction): void {
    const { replica } = entry.transaction;
    const queue = this.writers.get(replica);
    if (queue === undefined) this.writers.set(replica, [entry]);
    else queue.push(entry);
    this.added(replica, [entry]);
  }

  /** FAILED_PRECONDITION COUNTER_GAP where a transaction has no place at either end of its writer's interval. */
  checkPlace(replica: string, counter: number): void {
    const first = this.of(replica)[0]?.transaction.counter ?? counter;
    const next = this.nextOf(replica, counter);
    if (counter > next) throw counterGap(replica, counter, next);
    if (counter < first - 1) throw counterGap(replica, counter, first - 1);
  }

  /** A transaction as it stands in the order. Each writer's own is kept, whatever its stamps say. */
  placed(prepared: PreparedTransaction, orderStampMin: Stamp = 0): TentativeTransaction {
    const { replica, counter, stamp: own } = prepared.transaction;
    const stamp = Math.max(own, orderStampMin);
    const [first] = this.of(replica);
    const isBefore = first !== undefined && counter < first.transaction.counter;
    const orderStamp = isBefore
      ? Math.min(stamp, first.orderStamp)
      : Math.max(stamp, this.of(replica).at(-1)?.orderStamp ?? 0);
    return { ...prepared, orderStamp };
  }

  /** A transaction that has a place is not taken up: those behind it must not come before it. */
  passOver(replica: string, counter: number): void {
    const isNext = this.of(replica).length === 0 || counter === this.nextOf(replica, counter);
    if (isNext) this.miss(replica, counter);
  }

  /** The counter behind the writer's interval; while there is none the one that is missing, or the given one. */
  private nextOf(replica: string, counter: number): number {
    const queue = this.of(replica);
    if (queue.length === 0) return this.missing.get(replica) ?? counter;
    return queue[0]!.transaction.counter + queue.length;
  }

  private checkRoom(replica: string, counter: number, counted: Counted, isNext: boolean): void {
    if (counted === 'none') return;
    const isOfAll = counted === 'all';
    const waiting = isOfAll ? this.count : this.of(replica).length;
    const bytes = isOfAll ? this.byteCount : (this.bytes.get(replica) ?? 0);
    if (waiting < this.lengthMax && bytes < this.bytesMax) return;
    if (isNext) this.miss(replica, counter);
    throw queueFull(waiting, bytes);
  }

  private added(replica: string, entries: readonly TentativeTransaction[]): void {
    this.sorted = undefined;
    this.count += entries.length;
    this.addBytes(replica, bytesOf(entries));
  }

  private removed(replica: string, entries: readonly TentativeTransaction[]): void {
    this.sorted = undefined;
    this.count -= entries.length;
    this.addBytes(replica, -bytesOf(entries));
  }

  private addBytes(replica: string, bytes: number): void {
    this.byteCount += bytes;
    const all = (this.bytes.get(replica) ?? 0) + bytes;
    if (all > 0) this.bytes.set(replica, all);
    else this.bytes.delete(replica);
  }

  /** Drops a writer's transactions up to `counter` and returns them. */
  settle(replica: string, counter: number): TentativeTransaction[] {
    if ((this.missing.get(replica) ?? counter + 1) <= counter) this.missing.delete(replica);
    const queue = this.writers.get(replica) ?? [];
    let end = 0;
    while (end < queue.length && queue[end]!.transaction.counter <= counter) end++;
    if (end === 0) return [];
    const dropped = queue.splice(0, end);
    if (queue.length === 0) this.writers.delete(replica);
    this.removed(replica, dropped);
    return dropped;
  }

  /** Drops a writer's transactions behind `counter` and returns them. */
  cut(replica: string, counter: number): TentativeTransaction[] {
    const cut = [...this.behind(replica, counter)];
    const queue = this.writers.get(replica) ?? [];
    queue.length -= cut.length;
    if (queue.length === 0) this.writers.delete(replica);
    this.missing.delete(replica);
    this.removed(replica, cut);
    return cut;
  }

  /** Drops everything of a writer. */
  drop(replica: string): TentativeTransaction[] {
    return this.settle(replica, Number.MAX_SAFE_INTEGER);
  }

  /** One writer's transactions in order. */
  of(replica: string): readonly TentativeTransaction[] {
    return this.writers.get(replica) ?? [];
  }

  /** The newest counter of a writer; 0 where nothing of it is here. */
  lastOf(replica: string): number {
    return this.of(replica).at(-1)?.transaction.counter ?? 0;
  }

  /** One writer's transactions behind a counter, in order; so many at the most. */
  behind(
    replica: string,
    counter: number,
    countMax = Number.POSITIVE_INFINITY,
  ): readonly TentativeTransaction[] {
    const queue = this.of(replica);
    const start = Math.max(0, counter + 1 - (queue[0]?.transaction.counter ?? 0));
    return queue.slice(start, start + countMax);
  }

  /** Replaces one that is still here, with the same counter: how a transaction is sealed. */
  replace(entry: TentativeTransaction): void {
    const queue = this.writers.get(entry.transaction.replica)!;
    queue[entry.transaction.counter - queue[0]!.transaction.counter] = entry;
    this.sorted = undefined;
  }

  /** Of so many writers at the most: what is forgotten comes as the first of its writer, or as a gap at the home. */
  private miss(replica: string, counter: number): void {
    this.missing.delete(replica);
    this.missing.set(replica, counter);
    const [oldest] = this.missing.keys();
    if (this.missing.size > this.lengthMax && oldest !== undefined) this.missing.delete(oldest);
  }

  /** Puts another transaction in the place of a writer's newest, which has the same counter. Returns the new entry. */
  amend(prepared: PreparedTransaction): TentativeTransaction {
    const { replica } = prepared.transaction;
    const queue = this.writers.get(replica)!;
    this.removed(replica, [queue.pop()!]);
    const entry = this.placed(prepared);
    queue.push(entry);
    this.added(replica, [entry]);
    return entry;
  }

  /** Writers of whom something is here, or is missing. */
  replicas(): string[] {
    return [...new Set([...this.writers.keys(), ...this.missing.keys()])];
  }

  /** All, in the order in which they apply. */
  all(): readonly TentativeTransaction[] {
    this.sorted ??= [...this.writers.values()].flat().sort(compareTentative);
    return this.sorted;
  }
}

function bytesOf(entries: readonly TentativeTransaction[]): number {
  return entries.reduce((sum, { transaction }) => sum + bytesAbout(transaction.changes), 0);
}

function queueFull(transactions: number, bytes: number): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'QUEUE_FULL',
    `${transactions} transactions of ${bytes} bytes wait to be synced; sync, or export them, before writing more`,
    { metadata: { transactions: String(transactions), bytes: String(bytes) } },
  );
}
