import { stampMs } from '../../src/base/stamp.ts';
import type { Outcome } from '../../src/change/commit.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { homeReplica } from '../../src/replica/schema-record.ts';
import { decodeCursor } from '../../src/session/cursor.ts';
import { passingReasons } from '../../src/session/messages.ts';
import { coverTest } from '../../src/session/subscription.ts';
import type { Disk } from './disk.ts';
import { Judge } from './judge.ts';
import { Model } from './model.ts';
import type { Prng } from './prng.ts';
import type { PlainEdit } from './workload.ts';
import type { World } from './world.ts';

/** Has the checker look at what a home, or a client, shows. */
export type Shown = () => void;

/** A transaction as somebody made it. */
export interface Write {
  /** The same whatever becomes of its name. */
  readonly number: number;
  readonly edits: readonly PlainEdit[];
  readonly transaction: Transaction;
}

/** A relay that is behind or full, or that knows of what is settled only the newest. */
const waits: ReadonlySet<string> = new Set([
  ...['COUNTER_GAP', 'QUEUE_FULL', 'COUNTER_FORGOTTEN'],
  ...passingReasons,
]);

export const digestHexOf = (digest: Uint8Array) => Buffer.from(digest).toString('hex');
export const digestText = (transaction: Transaction) => digestHexOf(digestOf(transaction));

/** Of so many events one is followed by a look at what somebody shows. */
const looksOneOf = 40;

/**
 * Holds what the actors do against what was promised (design 13). Its chance is its own, and it changes nothing: a run is
 * the same without it.
 */
export class Checker {
  readonly model = new Model();
  /** Writes by the digests that their transactions have had, sealed, under one id or another. */
  readonly written = new Map<string, Write>();
  /** Ids that more than one device has: a copy was made, or a backup was brought back. */
  readonly shared = new Set<string>();
  private readonly world: World;
  private readonly disk: Disk;
  private readonly random: Prng;
  private readonly judge: Judge;
  /** Numbers of the writes that are on their writer's own disk. */
  private readonly stored = new Set<number>();
  /** How many there were. */
  private writes = 0;
  private readonly told = new Map<string, Outcome>();
  /** Numbers of the writes in the log. */
  private readonly logged = new Set<number>();

  constructor(world: World, disk: Disk) {
    this.world = world;
    this.disk = disk;
    this.random = world.random('checker');
    this.judge = new Judge(world);
  }

  /** After each event: whatever has become durable. */
  readLog(): void {
    const { records } = this.disk;
    while (this.model.head < records.length) this.readRecord(records[this.model.head]!);
  }

  /** After each event: now and then somebody is looked at, whatever has just happened. */
  look(shown: readonly Shown[]): void {
    if (this.random.below(looksOneOf) === 0) this.random.pick(shown)();
  }

  private readRecord(record: Uint8Array): void {
    const { model, world } = this;
    const commit = model.read(record);
    const { replica, counter, seq } = commit;
    const name = `${replica}/${counter}`;
    const expected = (model.counters.get(replica) ?? 0) + 1;
    model.apply(commit);
    if (seq !== model.head) world.violation(`I9: record ${model.head} of the log has seq ${seq}`);
    if (counter !== expected) world.violation(`I3: ${name} in the log, not ${replica}/${expected}`);
    if (replica === homeReplica) return;
    const write = this.written.get(digestHexOf(model.transactions.get(name)!.digest));
    if (write === undefined) {
      world.violation(`I3: ${name} is in the log as nobody wrote it`);
    } else if (!this.stored.has(write.number)) {
      world.violation(`I3: ${name} is in the log, and its writer has not stored it`);
    } else if (this.logged.has(write.number)) {
      world.violation(`I3: ${name} is in the log a second time`);
    } else {
      this.logged.add(write.number);
      this.judge.judge(commit, write);
    }
    if (stampMs(commit.stamp) > commit.atMs + world.limits.stampAheadMsMax) {
      world.violation(`I11: the stamp of ${name} is ahead of the home's clock`);
    }
  }

  /** A replica wrote a transaction; it is given as it will be sealed. */
  wrote(replica: Replica, transaction: Transaction, edits: readonly PlainEdit[]): void {
    this.checkBase(replica, transaction, edits);
    const name = `${transaction.replica}/${transaction.counter}`;
    if (this.model.transactions.has(name) && !this.shared.has(transaction.replica)) {
      this.world.violation(`I3: ${name} is given to another transaction than the one in the log`);
    }
    // Not of their digests: after a crash the same may be written once more, at the same moment by its clock.
    const number = this.writes++;
    this.written.set(digestText(transaction), { number, edits, transaction });
  }

  /** The write is on its writer's disk. Returns its number. */
  onDisk(transaction: Transaction): number {
    const { number } = this.written.get(digestText(transaction))!;
    this.stored.add(number);
    return number;
  }

  /** A replica carries, or shows, a transaction of another: its writer must not be able to lose it any more. */
  relayed(by: string, transaction: Transaction): void {
    const { replica, counter } = transaction;
    const write = this.written.get(digestText(transaction));
    const problem =
      write === undefined
        ? 'which nobody wrote'
        : this.stored.has(write.number)
          ? undefined
          : 'which its writer has not stored';
    if (problem === undefined) return;
    this.world.violation(`I5: ${by} has ${replica}/${counter} of another, ${problem}`);
  }

  /** A write says what its writer had seen, no more and no less: all merging builds on that. */
  private checkBase(
    { committed }: Replica,
    { replica, counter, changes }: Transaction,
    edits: readonly PlainEdit[],
  ): void {
    for (const [index, { base, baseAbsent }] of changes.entries()) {
      const { table, key } = edits[index]!;
      if (base === committed.head && baseAbsent === !committed.has(table, key)) continue;
      this.world.violation(`I6: change ${index} of ${replica}/${counter} has another base`);
    }
  }

  /** The same write has another name now. */
  renamed(before: Transaction, transaction: Transaction): void {
    const write = this.written.get(digestText(before))!;
    this.written.set(digestText(transaction), { ...write, transaction });
  }

  /** A replica was told what became of a transaction; of its own, it says which it was. */
  outcome({ replica, counter, status, refusal, conflicts }: Outcome, own?: Transaction): void {
    if (status === 'held') return;
    const name = `${replica}/${counter}`;
    if (refusal !== undefined) this.world.trace.markNamed(refusal.reason);
    if (status === 'unordered') {
      if (waits.has(refusal?.reason ?? '')) return;
      if (this.shared.has(replica)) return;
      this.world.violation(`I3: ${name} cannot be ordered: ${refusal?.reason}`);
      return;
    }
    const logged = this.model.transactions.get(name);
    if (logged === undefined) {
      this.world.violation(`I2: ${name} was told ${status} and is not in the log`);
    } else if (logged.refused !== (status === 'refused')) {
      this.world.violation(`I3: ${name} was told ${status}; the log says otherwise`);
    } else if (own !== undefined && digestText(own) !== digestHexOf(logged.digest)) {
      this.world.violation(`I2: ${name} was told ${status}; that was another device's`);
    }
    const before = this.told.get(name);
    const same = before?.refusal?.reason === refusal?.reason && before?.conflicts === conflicts;
    if (before !== undefined) this.world.trace.mark('retry answered');
    if (before !== undefined && !same) {
      this.world.violation(`I3: ${name} got two answers`);
    }
    this.told.set(name, { replica, counter, status, refusal, conflicts });
  }

  /** What a home shows is what the log holds, all of it and no more. */
  home(state: CommittedState): void {
    const { model, world } = this;
    if (state.head > model.head) {
      world.violation(`I2: the home shows commit ${state.head}, the disk has ${model.head}`);
    }
    const difference = model.difference(state, state.head, () => true);
    if (difference !== undefined) world.violation(`I9: the home ${difference}`);
  }

  /** What a replica shows is what the log made of these scopes, as of its head. */
  copy({ id, committed }: Replica, scopes: readonly string[]): void {
    const difference = this.model.difference(committed, committed.head, coverTest(scopes));
    if (difference !== undefined) this.world.violation(`I1: ${id} ${difference}`);
  }

  /** Nobody stands at a commit that the log does not have. */
  position({ id, cursor, committed }: Replica): void {
    const { model, world } = this;
    if (committed.head > model.head) {
      world.violation(`I2: ${id} shows commit ${committed.head}, the disk has ${model.head}`);
    }
    if (cursor.length === 0) return;
    for (const { since, at, upto } of decodeCursor(cursor, world.limits).groups) {
      const position = Math.max(since, upto, Number.isFinite(at.seq) ? at.seq : 0);
      if (position > model.head) {
        world.violation(`I8: the cursor of ${id} is at ${position}, the disk has ${model.head}`);
      }
    }
  }

  /** After the end: everything that its writer has stored is in the log. */
  complete(replica: string, writes: readonly number[]): void {
    const missing = writes.filter((number) => !this.logged.has(number));
    if (missing.length === 0) return;
    this.world.violation(`I2: the log lacks the writes ${missing} of ${replica}`);
  }
}
