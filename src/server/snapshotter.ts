import type { Limits } from '../base/limits.ts';
import { positionOf } from '../base/seq.ts';
import type { Log } from '../log/log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import type { Home } from '../replica/home.ts';
import type { OpenedHome } from './open-home.ts';

export interface SnapshotterOptions {
  readonly opened: OpenedHome;
  /** The log as it is open now. */
  readonly log: () => Log;
  readonly snapshots: SnapshotStore;
  readonly limits: Limits;
  /** Lets the event loop do other things between two steps. */
  readonly pause?: () => Promise<void>;
  /** Told of each snapshot that was given up, and why. The next try comes when the log has grown again. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  /** Told of each snapshot that was written, and how many milliseconds it took. */
  readonly onWritten?: ((tookMs: number) => void) | undefined;
}

/** Sound snapshots that are kept, and the log since the older began: one that is damaged is no loss then. */
const keptCount = 2;

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

/**
 * Writes snapshots of a home from time to time, a bounded step at each turn of the event loop, so commits go on meanwhile;
 * then lets the log go of what nobody needs any more. A snapshot that fails costs nothing but its time.
 */
export class Snapshotter {
  private readonly home: Home;
  private readonly log: () => Log;
  private readonly snapshots: SnapshotStore;
  private readonly bytesMin: number;
  private readonly pause: () => Promise<void>;
  private readonly onFailure: (error: unknown) => void;
  private readonly onWritten: (tookMs: number) => void;
  /** Snapshots that cannot be used: no reason to let go of the log. */
  private readonly unusable: ReadonlySet<number>;
  /** Those of another log, or of commits that were lost, which may be all that is left of them. */
  private readonly foreign: readonly number[];
  /** Bytes of the log since the last one began. */
  private logBytes: number;
  /** Bytes of the log at which the next begins. */
  private dueBytes: number;
  private running: Promise<void> | undefined;
  private closing = false;
  private holds = 0;

  constructor(options: SnapshotterOptions) {
    const { opened, log, snapshots, limits, pause = turnOfLoop, onFailure = () => {} } = options;
    this.home = opened.home;
    this.log = log;
    this.snapshots = snapshots;
    this.bytesMin = limits.snapshotLogBytesMin;
    this.pause = pause;
    this.onFailure = onFailure;
    this.onWritten = options.onWritten ?? (() => {});
    this.foreign = opened.foreign.map(({ id }) => id);
    this.unusable = new Set([...this.foreign, ...opened.damaged.map(({ id }) => id)]);
    this.logBytes = opened.tailBytes;
    this.dueBytes = Math.max(this.bytesMin, opened.snapshot?.bytes ?? 0);
    this.beginIfDue();
  }

  /** The log has grown, and the home has what it took. */
  noteAppended(bytes: number): void {
    this.logBytes += bytes;
    this.beginIfDue();
  }

  /** Keeps the log as it is until the returned function is called: somebody reads it. */
  holdLog(): () => void {
    this.holds++;
    return () => {
      this.holds--;
    };
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await this.running;
  }

  /** Gives up the one under way. Resolves when the store and the log are left alone. */
  async close(): Promise<void> {
    this.closing = true;
    await this.running;
  }

  private beginIfDue(): void {
    if (this.running !== undefined || this.closing || this.logBytes < this.dueBytes) return;
    this.logBytes = 0;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    try {
      // Not within the call that tells of commits.
      await this.pause();
      const beganMs = performance.now();
      const bytes = await this.write();
      if (bytes !== undefined) this.onWritten(performance.now() - beganMs);
      if (bytes !== undefined) this.dueBytes = Math.max(this.bytesMin, bytes);
      if (bytes !== undefined) await this.letGo();
    } catch (error) {
      this.onFailure(error);
    }
  }

  /** Bytes of the new snapshot; undefined where it was given up because of `close`. */
  private async write(): Promise<number | undefined> {
    if (this.closing) return undefined;
    const gathering = this.home.gather(this.log().id);
    // The first block says where it begins, so it is gathered before anything is waited for.
    const position = positionOf(this.home.state.head);
    let step = gathering.next();
    const writer = await this.snapshots.begin(position);
    try {
      for (; step.done !== true; step = gathering.next()) {
        if (step.value !== undefined) await writer.add(step.value);
        await this.pause();
        if (!this.closing) continue;
        await writer.abandon();
        return undefined;
      }
      return (await writer.complete()).bytes;
    } catch (error) {
      // What went wrong first is what is told.
      await writer.abandon().catch(() => {});
      throw error;
    }
  }

  private async letGo(): Promise<void> {
    const usable = (await this.snapshots.list()).filter(({ id }) => !this.unusable.has(id));
    const older = usable[keptCount - 1];
    // Until there are two, one that is damaged may still be of some use to a person.
    if (older === undefined) return;
    const kept = usable.slice(0, keptCount).map(({ id }) => id);
    await this.snapshots.keep([...kept, ...this.foreign]);
    if (this.holds === 0) await this.log().trim(older.position);
  }
}
