import { assert, type SyncError } from '../../src/base/errors.ts';
import type { Log, LogSlice } from '../../src/log/log.ts';
import {
  diskFull,
  headMoved,
  logClosed,
  logStopped,
  outcomeUnknown,
  readFailed,
} from '../../src/log/log-errors.ts';
import { CrashPlan } from './crash-plan.ts';
import type { Fault } from './faults.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

const path = 'sim.db';

/** Where a process can die, as far as the log can tell. */
export const crashPoints = {
  'before an append': 'home crash before an append',
  'after an append': 'home crash after an append, before its answer',
  'after an answer': 'home crash after the answer to an append',
  'while reading': 'home crash while reading',
} as const satisfies Record<string, Fault>;

export type CrashPoint = keyof typeof crashPoints;

/**
 * A disk with one log on it. What was appended is there once an event says so; a crash in between keeps all of a
 * group or none of it: a torn group is what the log's adapters are tested with.
 */
export class Disk {
  readonly id: Uint8Array;
  /** What is on stable storage. */
  readonly records: Uint8Array[] = [];
  /** Appends take up to so long. */
  syncMsMax = 12;
  /** Until then there is no room. */
  fullUntilMs = 0;
  /** How the next append fails, if it does. */
  nextSync: 'written' | 'lost' | undefined;
  /** The next read fails. */
  nextReadFails = false;
  private readonly world: World;
  private readonly random: Prng;
  private handle: DiskLog | undefined;
  readonly plan: CrashPlan<CrashPoint>;

  constructor(world: World) {
    this.world = world;
    this.random = world.random('disk');
    this.plan = new CrashPlan(world, crashPoints);
    this.id = Uint8Array.from({ length: 16 }, () => this.random.below(256));
  }

  /** Opens the log; the handle before is gone with its process. */
  open(): Log {
    this.handle = new DiskLog(this.world, this, this.random);
    return this.handle;
  }

  /** The process is gone, perhaps in the middle of an append. */
  crash(): void {
    this.handle?.crash();
    this.handle = undefined;
  }
}

class DiskLog implements Log {
  readonly trimmed = 0;
  readonly epoch = 0;
  private readonly world: World;
  private readonly disk: Disk;
  private readonly random: Prng;
  private appending: readonly Uint8Array[] | undefined;
  private stopped = false;
  private closed = false;
  private gone = false;
  private durableHead: number;

  constructor(world: World, disk: Disk, random: Prng) {
    this.world = world;
    this.disk = disk;
    this.random = random;
    this.durableHead = disk.records.length;
  }

  get id(): Uint8Array {
    return this.disk.id;
  }

  get head(): number {
    return this.durableHead;
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

  trim(): Promise<void> {
    return Promise.reject(logStopped(path));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Nobody is there any more to be told how the append went. */
  crash(): void {
    const { scheduler, trace } = this.world;
    this.gone = true;
    if (this.appending === undefined) return;
    if (this.random.chance(0.5)) {
      trace.fault(scheduler.nowMs, 'home crash while appending, lost');
    } else {
      this.write();
      trace.fault(scheduler.nowMs, 'home crash while appending, kept');
    }
  }

  private finish(): SyncError | undefined {
    const { disk, world } = this;
    const { scheduler, trace } = world;
    if (world.isChaos() && scheduler.nowMs < disk.fullUntilMs) {
      this.appending = undefined;
      trace.fault(scheduler.nowMs, 'disk full');
      return diskFull(path, undefined);
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
      if (world.isChaos() && disk.nextReadFails) {
        disk.nextReadFails = false;
        trace.fault(scheduler.nowMs, 'read failed');
        throw readFailed(path, position + 1, undefined);
      }
      const end = Math.min(upto, position + 1 + random.below(100));
      const records = disk.records.slice(position, end).map((record) => record.slice());
      yield { first: position + 1, records };
      position = end;
    }
  }
}
