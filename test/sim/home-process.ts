import { Code, SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import type { Log } from '../../src/log/log.ts';
import type { SnapshotStore } from '../../src/log/snapshot-store.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import type { Home } from '../../src/replica/home.ts';
import { PushLines } from '../../src/replica/push-lines.ts';
import { Committer } from '../../src/server/committer.ts';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { LostEnd } from '../../src/server/lost-end.ts';
import type { OpenedHome } from '../../src/server/open-home.ts';
import { Snapshotter } from '../../src/server/snapshotter.ts';
import { homeSource } from '../../src/session/home-source.ts';
import type { SyncSource } from '../../src/session/source.ts';
import type { LineEnd } from './line.ts';
import { ServerLine, unordered } from './server-line.ts';
import { databaseName, type World } from './world.ts';

export interface HomeProcessOptions {
  readonly world: World;
  readonly opened: OpenedHome;
  readonly log: Log;
  readonly snapshots: SnapshotStore;
  readonly reopen: () => Promise<Log>;
  readonly nowMs: () => number;
  /** Whether all of its heap is in use. */
  readonly isHeapFull: () => boolean;
  /** The log has failed for good. */
  readonly onFailure: (error: unknown) => void;
}

/** So little that two rows are all that may be met without asking for room. */
const heapBytes = 120_000;

/** A home that is up: what src/server/database.ts and its server make of one, without gRPC. */
export class HomeProcess {
  readonly home: Home;
  private readonly options: HomeProcessOptions;
  private readonly source: SyncSource;
  private readonly committer: Committer;
  private readonly snapshotter: Snapshotter;
  private lines: ServerLine[] = [];
  private gone = false;

  constructor(options: HomeProcessOptions) {
    const { world, opened, log, snapshots } = options;
    const { homeLimits: limits } = world;
    const { home } = opened;
    this.options = options;
    this.home = home;
    const lostEnd = new LostEnd(home, opened.openedAt, (forkedAt) => {
      world.trace.mark("epoch begun by a client's evidence");
      return this.committer.submitOwn((nowMs) => home.beginEpoch('lostEnd', forkedAt, nowMs));
    });
    this.source = homeSource(home, log.id, databaseName, limits, (seq) => lostEnd.shown(seq));
    this.committer = new Committer({
      ...{ home, log, limits },
      heap: this.heap(),
      reopen: options.reopen,
      clock: { nowMs: options.nowMs },
      timer: (delayMs, run) => this.after(delayMs, run),
      onCommits: (_, logBytes) => {
        this.snapshotter.noteAppended(logBytes);
        this.pump();
      },
      onState: (state, error) => {
        world.trace.say(world.scheduler.nowMs, `home writes: ${state}`);
        if (state === 'failed') options.onFailure(error);
      },
    });
    this.snapshotter = new Snapshotter({
      ...{ opened, snapshots, limits },
      log: () => this.committer.currentLog,
      pause: () => new Promise((resolve) => void this.after(1, resolve)),
      onFailure: (error) => {
        if (error instanceof SyncError && error.code !== Code.internal) return;
        world.violation(`I9: a snapshot failed: ${String(error)}`, error);
      },
    });
  }

  accept(end: LineEnd): void {
    const served = {
      source: this.source,
      nowMs: this.options.nowMs,
      submit: (push: readonly PreparedTransaction[]) => {
        const lines = new PushLines();
        return Promise.all(
          push.map((prepared) =>
            this.submit(prepared, lines).catch((error: unknown) => unordered(prepared, error)),
          ),
        );
      },
    };
    this.lines = this.lines.filter((line) => line.end.line.isOpen);
    this.lines.push(new ServerLine(this.options.world, served, end));
  }

  submit(prepared: PreparedTransaction, lines?: PushLines): Promise<Outcome> {
    return this.committer.submit({
      prepared,
      lines,
      mayRead: () => true,
      mayWrite: () => true,
      knowsOwnWrites: true,
    });
  }

  /** Snapshots that it could not use when it started. */
  get unusable(): ReadonlySet<number> {
    return new Set(this.options.opened.damaged.map(({ id }) => id));
  }

  /** Says that a backup has everything up to a commit. */
  coverBy(name: string, seq: number): Promise<void> {
    return this.committer.submitOwn((nowMs) => this.home.coverBy(name, seq, nowMs));
  }

  /** Resolves when nothing is in flight to the log any more, and it is closed. */
  async end(): Promise<void> {
    await this.snapshotter.close();
    await this.committer.close();
  }

  vanish(): void {
    this.gone = true;
    for (const line of this.lines) line.vanish();
  }

  /** It takes no connections any more, and hangs up. */
  close(cause: unknown): void {
    const error = new SyncError(Code.unavailable, 'STOPPING', 'the server stops', { cause });
    for (const line of this.lines) line.close(error);
  }

  private heap(): HeapRoom {
    return new HeapRoom({
      limitBytes: heapBytes,
      usedBytes: () => (this.options.isHeapFull() ? heapBytes : 0),
      collect: () => new Promise((resolve) => void this.after(5, resolve)),
    });
  }

  /** The timers of a process end with it. */
  private after(delayMs: number, run: () => void): () => void {
    let cancelled = false;
    this.options.world.scheduler.after(delayMs, () => {
      if (!cancelled && !this.gone) run();
    });
    return () => {
      cancelled = true;
    };
  }

  /** Commits of one turn travel together. */
  private pump(): void {
    for (const line of this.lines) this.options.world.scheduler.after(0, () => line.pump());
  }
}
