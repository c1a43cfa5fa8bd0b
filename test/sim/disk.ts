import { assert, type SyncError } from '../../src/base/errors.ts';
import { positionOf } from '../../src/base/seq.ts';
import type { Log, LogSlice } from '../../src/log/log.ts';
import {
  cannotOpen,
  diskFull,
  headMoved,
  logClosed,
  logCorrupt,
  logLocked,
  logStopped,
  logTrimmed,
  outcomeUnknown,
  readFailed,
} from '../../src/log/log-errors.ts';
import { CrashPlan } from './crash-plan.ts';
import type { Prng } from './prng.ts';
import { SnapshotDisk, type StoredSnapshot, snapshotCrashPoints } from './snapshot-disk.ts';
import type { World } from './world.ts';

const path = 'sim.db';

/** Where a process can die, as far as its disk can tell. */
export const crashPoints = {
  'before an append': 'home crash before an append',
  'after an append': 'home crash after an append, before its answer',
  'after an answer': 'home crash after the answer to an append',
  'while reading': 'home crash while reading',
  'while trimming': 'home crash while trimming',
  ...snapshotCrashPoints,
} as const;

export type CrashPoint = keyof typeof crashPoints;

/** A copy of a database elsewhere: the newest snapshot, if there is one, and the log since. */
export interface DiskBackup {
  readonly records: readonly Uint8Array[];
  readonly trimmed: number;
  readonly epoch: number;
  readonly snapshot: StoredSnapshot | undefined;
}

/**
 * A disk with one log on it, and the snapshots beside it. What was appended is there once an event says so; a crash in
 * between keeps all of a group or none of it: a torn group is what the log's adapters are tested with.
 */
export class Disk {
  readonly id: Uint8Array;
  /** What is on stable storage, unless it lies; also what was trimmed, though nobody can read that. */
  readonly records: Uint8Array[] = [];
  trimmed = 0;
  epoch = 0;
  readonly snapshots: SnapshotDisk;
  /** Appends take up to so long. */
  syncMsMax = 12;
  /** Until then there is no room. */
  fullUntilMs = 0;
  /** Until then it cannot put anything on stable storage, and does say so; what was written can be read. */
  syncFailsUntilMs = 0;
  /** How the next append fails, if it does. */
  nextSync: 'written' | 'lost' | undefined;
  /** The next read fails. */
  nextReadFails = false;
  /** A record that cannot be read any more: bits of it are others. */
  corruptAt: number | undefined;
  /** Another process has it open until then. */
  lockedUntilMs = 0;
  readonly plan: CrashPlan<CrashPoint>;
  /** Told of records that are gone, before they go. */
  onCut: (position: number) => void = () => {};
  /** Seq of the newest commit that a device that lies does not lose: only a person does, see `HomeActor.restore`. */
  leastCut: () => number = () => 0;
  private readonly world: World;
  private readonly random: Prng;
  private handle: DiskLog | undefined;
  /** Written behind the records, and read from nothing but a cache. */
  private readonly cached: Uint8Array[] = [];
  /** What came behind this position is on no stable storage, whatever was said. */
  private liesFrom: number | undefined;

  constructor(world: World) {
    this.world = world;
    this.random = world.random('disk');
    this.plan = new CrashPlan(world, crashPoints);
    this.snapshots = new SnapshotDisk(world, this.plan);
    this.id = Uint8Array.from({ length: 16 }, () => this.random.below(256));
  }

  /**
   * Opens the log. FAILED_PRECONDITION LOG_LOCKED where a process has it open, and LOG_CANNOT_OPEN where what it shows cannot
   * be put on stable storage.
   */
  open(): Log {
    const { world } = this;
    const isForeign = world.isChaos() && world.scheduler.nowMs < this.lockedUntilMs;
    if (isForeign) world.trace.fault(world.scheduler.nowMs, 'two processes on one store');
    if (isForeign || this.isOpen) throw logLocked(path, undefined);
    this.settle();
    this.handle?.vanish();
    this.handle = new DiskLog(this.world, this, this.random);
    return this.handle;
  }

  /** As `open`, and what the device had lost shows. */
  reopen(): Log {
    this.settle();
    this.loseWhatItLied();
    return this.open();
  }

  get canSync(): boolean {
    const { world } = this;
    return !world.isChaos() || world.scheduler.nowMs >= this.syncFailsUntilMs;
  }

  /** What opens it puts all on stable storage first. */
  private settle(): void {
    if (this.cached.length > 0 && !this.canSync) throw cannotOpen(path, undefined);
    this.records.push(...this.cached.splice(0));
  }

  /** The group is in the cache of the machine, and goes with it. */
  cache(group: readonly Uint8Array[]): void {
    this.cached.push(...group);
  }

  get isOpen(): boolean {
    return this.handle !== undefined && !this.handle.closed;
  }

  /** The machine is gone, perhaps in the middle of an append. */
  crash(): void {
    this.handle?.crash();
    this.cached.length = 0;
    this.release();
    this.loseWhatItLied();
  }

  /** The process is gone, and has closed its files or failed before. */
  release(): void {
    this.handle?.vanish();
    this.handle = undefined;
    this.snapshots.crash();
  }

  /** From now on it says that things are on stable storage which are not: until `endLie`, or a crash shows it. */
  lie(): void {
    this.liesFrom ??= this.records.length;
  }

  endLie(): void {
    this.liesFrom = undefined;
  }

  /** What is lost when the device starts anew. */
  loseWhatItLied(): void {
    const { liesFrom, records, world } = this;
    this.liesFrom = undefined;
    const epoch = positionOf(this.leastCut());
    const least = Math.max(liesFrom ?? records.length, this.trimmed, epoch);
    if (!world.isChaos() || least >= records.length) return;
    world.trace.fault(world.scheduler.nowMs, 'lying sync');
    this.cut(least + this.random.below(records.length - least));
  }

  /** What is behind this position is gone. */
  cut(position: number): void {
    assert(position >= this.trimmed, 'what was trimmed cannot be lost');
    if (position >= this.records.length) return;
    const { trace, scheduler } = this.world;
    trace.say(scheduler.nowMs, `the log ends at ${position}, and ended at ${this.records.length}`);
    this.onCut(position);
    this.records.length = position;
    if ((this.corruptAt ?? 0) > position) this.corruptAt = undefined;
  }

  /** Undefined where it cannot all be read. Snapshots that its home could not use are no part of it. */
  backUp(unusable: ReadonlySet<number> = new Set()): DiskBackup | undefined {
    const { records, epoch } = this;
    const snapshot = this.snapshots.newestBut(unusable);
    const trimmed = snapshot?.position ?? this.trimmed;
    const isReadable = (this.corruptAt ?? 0) <= trimmed && trimmed >= this.trimmed;
    if (!isReadable || (trimmed > 0 && snapshot === undefined)) return undefined;
    return { records: [...records], trimmed, epoch, snapshot };
  }

  /** Puts a backup in the place of what is there; without its snapshot where only the log is copied. */
  restore({ records, trimmed, epoch, snapshot }: DiskBackup, withSnapshots: boolean): void {
    assert(!this.isOpen, 'the log is open');
    this.records.length = 0;
    for (const record of records) this.records.push(record);
    this.trimmed = trimmed;
    this.epoch = epoch;
    this.corruptAt = undefined;
    this.liesFrom = undefined;
    if (withSnapshots) this.snapshots.putBack(snapshot);
  }
}

class DiskLog implements Log {
  readonly epoch: number;
  private readonly world: World;
  private readonly disk: Disk;
  private readonly random: Prng;
  private appending: readonly Uint8Array[] | undefined;
  private stopped = false;
  closed = false;
  private gone = false;
  private durableHead: number;

  constructor(world: World, disk: Disk, random: Prng) {
    this.world = world;
    this.disk = disk;
    this.random = random;
    this.durableHead = disk.records.length;
    this.epoch = disk.epoch;
  }

  get id(): Uint8Array {
    return this.disk.id;
  }

  get head(): number {
    return this.durableHead;
  }

  get trimmed(): number {
    return this.disk.trimmed;
  }

  append(expectedHead: number, records: readonly Uint8Array[]): Promise<number> {
    if (this.closed) return Promise.reject(logClosed());
    if (this.stopped) return Promise.reject(logStopped(path));
    assert(this.appending === undefined, 'one append may be under way at a time');
    if (this.head !== expectedHead) return Promise.reject(headMoved(expectedHead, this.head));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    if (this.disk.plan.reach('before an append')) return promise;
    this.appending = records.map((record) => record.slice());
    const { scheduler } = this.world;
    scheduler.after(1 + this.random.below(this.disk.syncMsMax), () => {
      if (this.gone) return;
      const error = this.finish();
      if (this.disk.plan.reach('after an append')) return;
      if (error === undefined) resolve(this.head);
      else reject(error);
      scheduler.after(0, () => {
        if (!this.gone) this.disk.plan.reach('after an answer');
      });
    });
    return promise;
  }

  read(after: number): AsyncIterable<LogSlice> {
    return this.slices(after, this.head);
  }

  async trim(upto: number): Promise<void> {
    const { disk, random, world } = this;
    if (this.closed) throw logClosed();
    if (this.stopped) throw logStopped(path);
    const from = disk.snapshots.stored.filter(({ position }) => position >= upto);
    if (from.length < 2) {
      world.violation(
        `I9: the log is trimmed to ${upto}, and ${from.length} snapshots go on from there`,
      );
    }
    await new Promise<void>((resolve) => world.scheduler.after(1 + random.below(20), resolve));
    if (this.gone) throw logStopped(path);
    const before = disk.trimmed;
    // In slices, so it may end anywhere.
    disk.trimmed = Math.max(before, upto - random.below(Math.max(1, upto - before)));
    if (disk.plan.reach('while trimming')) throw logStopped(path);
    disk.trimmed = Math.max(before, upto);
    if ((disk.corruptAt ?? 0) <= disk.trimmed) disk.corruptAt = undefined;
    if (disk.trimmed > before) world.trace.mark('log trimmed');
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Nobody is there any more to be told how the append went. */
  crash(): void {
    const { scheduler, trace } = this.world;
    if (this.appending === undefined || this.gone) return;
    if (this.random.chance(0.5)) {
      trace.fault(scheduler.nowMs, 'home crash while appending, lost');
    } else {
      this.write();
      trace.fault(scheduler.nowMs, 'home crash while appending, kept');
    }
  }

  vanish(): void {
    this.gone = true;
  }

  private finish(): SyncError | undefined {
    const { disk, world } = this;
    const { scheduler, trace } = world;
    if (world.isChaos() && scheduler.nowMs < disk.fullUntilMs) {
      this.appending = undefined;
      trace.fault(scheduler.nowMs, 'disk full');
      return diskFull(path, undefined);
    }
    if (!disk.canSync) {
      disk.cache(this.appending!);
      this.appending = undefined;
      this.stopped = true;
      trace.fault(scheduler.nowMs, 'sync fails for a while');
      return outcomeUnknown(path);
    }
    const failure = world.isChaos() ? disk.nextSync : undefined;
    disk.nextSync = undefined;
    if (failure === 'lost') this.appending = undefined;
    else this.write();
    if (failure === undefined) return undefined;
    this.stopped = true;
    trace.fault(scheduler.nowMs, `append outcome unknown, ${failure}`);
    return outcomeUnknown(path);
  }

  private write(): void {
    for (const record of this.appending!) this.disk.records.push(record);
    this.appending = undefined;
    this.durableHead = this.disk.records.length;
  }

  /** Slices of any size, each by an event of its own, so that a crash can come between. */
  private async *slices(after: number, upto: number): AsyncGenerator<LogSlice> {
    const { disk, random, world } = this;
    const { scheduler, trace } = world;
    for (let position = after; position < upto; ) {
      await new Promise<void>((resolve) => scheduler.after(1 + random.below(20), resolve));
      if (this.gone || disk.plan.reach('while reading')) throw logStopped(path);
      if (position < disk.trimmed) throw logTrimmed(position, disk.trimmed);
      if (world.isChaos() && disk.nextReadFails) {
        disk.nextReadFails = false;
        trace.fault(scheduler.nowMs, 'read failed');
        throw readFailed(path, position + 1, undefined);
      }
      let end = Math.min(upto, position + 1 + random.below(100));
      if (disk.corruptAt === position + 1) {
        trace.fault(scheduler.nowMs, 'bit flip in the log');
        throw logCorrupt(path, position + 1, 'its checksum is wrong');
      }
      if (disk.corruptAt !== undefined && disk.corruptAt > position) {
        end = Math.min(end, disk.corruptAt - 1);
      }
      const records = disk.records.slice(position, end).map((record) => record.slice());
      yield { first: position + 1, records };
      position = end;
    }
  }
}
