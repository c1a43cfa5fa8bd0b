import { assert, type SyncError } from '../../src/base/errors.ts';
import type { JournalFiles, JournalLog } from '../../src/client/journal-files.ts';
import type { LogSlice } from '../../src/log/log.ts';
import {
  diskFull,
  headMoved,
  logLocked,
  logStopped,
  outcomeUnknown,
} from '../../src/log/log-errors.ts';
import { CrashPlan } from './crash-plan.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

/** Where a client's process can die, as far as its storage can tell. */
export const clientCrashPoints = {
  'before an append': 'client crash before an append',
  'after an append': 'client crash after an append, before its answer',
  'while rewriting': 'client crash in a rewrite of its journal',
  'before the switch': 'client crash before the switch to another journal',
  'after the switch': 'client crash after the switch to another journal',
  'while reading': 'client crash while reading',
} as const;

export type ClientCrashPoint = keyof typeof clientCrashPoints;

/** How the next append, or switch, fails. */
export type StorageFault = 'written' | 'lost';

interface Journal {
  readonly id: Uint8Array;
  readonly records: Uint8Array[];
}

/** Told of records of the journal that counts, the moment they are on stable storage, whoever knows of it. */
export type OnDurable = (records: readonly Uint8Array[]) => void;

/**
 * A device's disk, with the journal of its replica and the one that is to take its place. One small append makes that
 * count, so there is no rename that could get lost: see client/sqlite-storage.ts.
 */
export class JournalDisk {
  /** The journal that counts; none does while it is empty. */
  journal: Journal;
  /** Numbers that the checker gave to the writes that are, or were, in the journal. */
  readonly writes: Set<number>;
  /** Cursors that are, or were, in the journal. */
  readonly cursors: Set<string>;
  readonly plan: CrashPlan<ClientCrashPoint>;
  /** Until then there is no room. */
  fullUntilMs = 0;
  nextAppend: StorageFault | undefined;
  nextSwitch: StorageFault | undefined;
  readonly world: World;
  readonly random: Prng;
  readonly name: string;
  private files: Files | undefined;
  private madeCount = 0;

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.random = world.random(`disk of ${name}`);
    this.plan = new CrashPlan(world, clientCrashPoints);
    this.writes = new Set();
    this.cursors = new Set();
    this.journal = this.fresh();
  }

  /** For one process at a time. FAILED_PRECONDITION LOG_LOCKED for another. */
  open(onDurable: OnDurable): JournalFiles {
    if (this.files !== undefined) throw logLocked(this.name, undefined);
    this.files = new Files(this, onDurable);
    return this.files;
  }

  /** The process is gone, perhaps in the middle of an append or of a switch. */
  crash(): void {
    this.files?.crash();
    this.files = undefined;
  }

  closed(files: Files): void {
    if (this.files === files) this.files = undefined;
  }

  /** What is on it, as files that can be copied; whoever has it open notices nothing. */
  image(): DiskImage {
    const { journal, writes, cursors } = this;
    return { journal: copyOf(journal), writes: new Set(writes), cursors: new Set(cursors) };
  }

  /** Puts files in the place of its own; nobody may have them open. */
  putBack(image: DiskImage): void {
    assert(this.files === undefined, 'the files are open');
    this.journal = copyOf(image.journal);
    for (const own of [this.writes, this.cursors]) own.clear();
    for (const write of image.writes) this.writes.add(write);
    for (const cursor of image.cursors) this.cursors.add(cursor);
  }

  fresh(): Journal {
    const id = new TextEncoder().encode(`${this.name} ${++this.madeCount}`.padEnd(16).slice(0, 16));
    return { id, records: [] };
  }
}

function copyOf({ id, records }: Journal): Journal {
  return { id, records: [...records] };
}

/** Copies of a device's files. */
export interface DiskImage {
  readonly journal: Journal;
  readonly writes: ReadonlySet<number>;
  readonly cursors: ReadonlySet<string>;
}

/** The files as one process has them open. */
class Files implements JournalFiles {
  readonly disk: JournalDisk;
  readonly name: string;
  private readonly onDurable: OnDurable;
  private handle: DiskLog;
  private begun: DiskLog | undefined;
  private gone = false;
  private inFlight: (() => void) | undefined;

  constructor(disk: JournalDisk, onDurable: OnDurable) {
    this.disk = disk;
    this.name = disk.name;
    this.onDurable = onDurable;
    this.handle = this.openLog();
  }

  get log(): JournalLog | undefined {
    return this.disk.journal.records.length === 0 ? undefined : this.handle;
  }

  async reopen(): Promise<JournalLog> {
    this.begun = undefined;
    this.handle.stopped = true;
    await this.pause(20);
    this.handle = this.openLog();
    return this.handle;
  }

  async begin(): Promise<JournalLog> {
    await this.pause(20);
    this.begun = new DiskLog(this, this.disk.fresh(), true);
    return this.begun;
  }

  replace(): Promise<void> {
    const { disk, begun } = this;
    assert(begun !== undefined, 'no journal was begun');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (disk.plan.reach('before the switch')) return promise;
    const change = () => {
      disk.journal = begun.journal;
      this.onDurable(begun.journal.records);
    };
    this.during(20, change, () => {
      const fault = this.takeFault('nextSwitch', 'switch of journals');
      if (fault !== 'lost') change();
      if (disk.plan.reach('after the switch')) return;
      if (fault === undefined) {
        this.handle.stopped = true;
        this.handle = begun;
        begun.counts();
        this.begun = undefined;
        disk.world.trace.mark('journal written anew');
        resolve();
      } else reject(outcomeUnknown('pointer'));
    });
    return promise;
  }

  async discard(): Promise<void> {
    this.begun = undefined;
  }

  async close(): Promise<void> {
    this.disk.closed(this);
  }

  /** Nobody is there any more to be told how it went. */
  crash(): void {
    const { disk } = this;
    const { trace, scheduler } = disk.world;
    this.gone = true;
    if (this.inFlight === undefined) return;
    const isKept = disk.random.chance(0.5);
    if (isKept) this.inFlight();
    trace.fault(
      scheduler.nowMs,
      isKept ? 'client crash while storing, kept' : 'client crash while storing, lost',
      disk.name,
    );
  }

  append(log: DiskLog, records: readonly Uint8Array[]): Promise<number> {
    const { disk } = this;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    if (disk.plan.reach(log.isBegun ? 'while rewriting' : 'before an append')) return promise;
    const copies = records.map((record) => record.slice());
    const write = () => {
      log.write(copies);
      if (!log.isBegun) this.onDurable(copies);
    };
    this.during(disk.random.chance(0.2) ? 300 : 20, write, () => {
      const error = this.appended(write);
      if (disk.plan.reach('after an append')) return;
      if (error === undefined) resolve(log.head);
      else reject(error);
    });
    return promise;
  }

  /** One slice, by an event of its own. */
  async *read({ records }: Journal, after: number): AsyncGenerator<LogSlice> {
    await this.pause(20);
    if (this.disk.plan.reach('while reading')) throw logStopped(this.name);
    if (records.length > after) yield { first: after + 1, records: records.slice(after) };
  }

  private appended(write: () => void): SyncError | undefined {
    const { disk } = this;
    const { world } = disk;
    const { scheduler, trace } = world;
    if (world.isChaos() && scheduler.nowMs < disk.fullUntilMs) {
      trace.fault(scheduler.nowMs, 'client disk full', disk.name);
      return diskFull(disk.name, undefined);
    }
    const fault = this.takeFault('nextAppend', 'storing');
    if (fault !== 'lost') write();
    return fault === undefined ? undefined : outcomeUnknown(disk.name);
  }

  private takeFault(
    which: 'nextAppend' | 'nextSwitch',
    what: 'storing' | 'switch of journals',
  ): StorageFault | undefined {
    const { disk } = this;
    const { world } = disk;
    const fault = disk[which];
    disk[which] = undefined;
    if (fault === undefined || !world.isChaos()) return undefined;
    world.trace.fault(
      world.scheduler.nowMs,
      `client ${what}, outcome unknown, ${fault}`,
      disk.name,
    );
    return fault;
  }

  /** A moment later, unless the process dies meanwhile; then `kept` is what may have come about all the same. */
  private during(delayMsMax: number, kept: () => void, done: () => void): void {
    const { disk } = this;
    this.inFlight = kept;
    disk.world.scheduler.after(1 + disk.random.below(delayMsMax), () => {
      if (this.gone) return;
      this.inFlight = undefined;
      done();
    });
  }

  private pause(delayMsMax: number): Promise<void> {
    const { disk } = this;
    return new Promise((resolve) => {
      disk.world.scheduler.after(1 + disk.random.below(delayMsMax), () => {
        if (!this.gone) resolve();
      });
    });
  }

  private openLog(): DiskLog {
    return new DiskLog(this, this.disk.journal, false);
  }
}

/** One journal, as it was opened. */
class DiskLog implements JournalLog {
  readonly journal: Journal;
  isBegun: boolean;
  stopped = false;
  private readonly files: Files;

  constructor(files: Files, journal: Journal, isBegun: boolean) {
    this.files = files;
    this.journal = journal;
    this.isBegun = isBegun;
  }

  get id(): Uint8Array {
    return this.journal.id;
  }

  get head(): number {
    return this.journal.records.length;
  }

  async append(expectedHead: number, records: readonly Uint8Array[]): Promise<number> {
    if (this.stopped) throw logStopped(this.files.name);
    if (this.head !== expectedHead) throw headMoved(expectedHead, this.head);
    try {
      return await this.files.append(this, records);
    } catch (error) {
      this.stopped = (error as SyncError).reason === 'LOG_OUTCOME_UNKNOWN';
      throw error;
    }
  }

  write(records: readonly Uint8Array[]): void {
    for (const record of records) this.journal.records.push(record);
  }

  /** It has taken the place of the one before. */
  counts(): void {
    this.isBegun = false;
  }

  read(after: number): AsyncIterable<LogSlice> {
    return this.files.read(this.journal, after);
  }
}
