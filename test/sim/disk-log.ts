import { assert, type SyncError } from '../../src/base/errors.ts';
import type { Log, LogSlice } from '../../src/log/log.ts';
import {
  diskFull,
  headMoved,
  logClosed,
  logStopped,
  outcomeUnknown,
} from '../../src/log/log-errors.ts';
import type { World } from './world.ts';

const path = 'sim.db';

/**
 * A disk with one log on it. What was appended is there once an event says so; a crash in between keeps all of a
 * group or none of it.
 */
export class Disk {
  readonly id: Uint8Array;
  /** What is on stable storage. */
  readonly records: Uint8Array[] = [];
  /** Appends take up to so long. */
  syncMsMax = 12;
  private readonly world: World;
  private handle: DiskLog | undefined;

  constructor(world: World) {
    this.world = world;
    this.id = Uint8Array.from({ length: 16 }, () => world.random.below(256));
  }

  /** Opens the log; the handle before is gone with its process. */
  open(): Log {
    this.handle = new DiskLog(this.world, this);
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
  private appending: readonly Uint8Array[] | undefined;
  private stopped = false;
  private closed = false;
  private gone = false;
  private durableHead: number;

  constructor(world: World, disk: Disk) {
    this.world = world;
    this.disk = disk;
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
    const { scheduler, random, flaw } = this.world;
    this.appending = records.map((record) => record.slice());
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    scheduler.after(1 + random.below(this.disk.syncMsMax), () => {
      if (this.gone) return;
      const error = this.finish();
      if (error === undefined) resolve(this.head);
      else reject(error);
    });
    if (flaw === 'acknowledges before the disk has it') {
      this.durableHead += records.length;
      resolve(this.durableHead);
    }
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
    const { scheduler, random, trace } = this.world;
    this.gone = true;
    if (this.appending === undefined) return;
    if (random.chance(0.5)) {
      trace.fault(scheduler.nowMs, 'home crash while appending, lost');
    } else {
      this.write();
      trace.fault(scheduler.nowMs, 'home crash while appending, kept');
    }
  }

  private finish(): SyncError | undefined {
    const { scheduler, random, trace } = this.world;
    if (this.world.isChaos() && random.chance(0.01)) {
      const kind = random.below(3);
      // A full disk leaves the handle as good as it was.
      this.stopped = kind < 2;
      if (kind === 0) {
        this.write();
        trace.fault(scheduler.nowMs, 'append outcome unknown, written');
        return outcomeUnknown(path);
      }
      this.appending = undefined;
      trace.fault(scheduler.nowMs, kind === 1 ? 'append outcome unknown, lost' : 'disk full');
      return kind === 1 ? outcomeUnknown(path) : diskFull(path, undefined);
    }
    this.write();
    return undefined;
  }

  private write(): void {
    for (const record of this.appending!) this.disk.records.push(record);
    this.appending = undefined;
    this.durableHead = this.disk.records.length;
  }

  /** Slices of any size, each by an event of its own, so that a crash can come between. */
  private async *slices(after: number, upto: number): AsyncGenerator<LogSlice> {
    const { scheduler, random } = this.world;
    for (let position = after; position < upto; ) {
      await new Promise<void>((resolve) => scheduler.after(1 + random.below(20), resolve));
      if (this.gone) throw logStopped(path);
      const end = Math.min(upto, position + 1 + random.below(100));
      const records = this.disk.records.slice(position, end).map((record) => record.slice());
      yield { first: position + 1, records };
      position = end;
    }
  }
}
