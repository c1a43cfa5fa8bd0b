import {
  snapshotCorrupt,
  snapshotDiskFull,
  snapshotsStopped,
} from '../../src/log/snapshot-errors.ts';
import type { SnapshotInfo, SnapshotStore, SnapshotWriter } from '../../src/log/snapshot-store.ts';
import type { CrashPlan } from './crash-plan.ts';
import type { History } from './history.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

const path = 'sim.snapshots';

/** Where the home's process can die, as far as its snapshots can tell. */
export const snapshotCrashPoints = {
  'in a snapshot': 'home crash in a snapshot',
  'before a snapshot is complete': 'home crash before a snapshot was complete',
  'after a snapshot is complete': 'home crash after a snapshot was complete',
  'before older snapshots go': 'home crash before older snapshots went',
} as const;

type Point = keyof typeof snapshotCrashPoints;

/** A complete snapshot, with its blocks. */
export interface StoredSnapshot extends SnapshotInfo {
  readonly blocks: readonly Uint8Array[];
  /** The history that it was made of, which a checker knows; its home does not. */
  readonly history: History;
  /** The newest position of which it may know. */
  readonly upto: number;
}

/** The file with a home's snapshots. One that was not completed is nothing after a crash. */
export class SnapshotDisk {
  readonly world: World;
  readonly plan: Pick<CrashPlan<Point>, 'reach'>;
  readonly random: Prng;
  /** Newest first. */
  stored: readonly StoredSnapshot[] = [];
  /** Blocks that cannot be read any more, as `id block`. */
  readonly damaged = new Set<string>();
  fullUntilMs = 0;
  /** What a call takes at most. On a slow disk much is committed between the first block of a snapshot and its last. */
  readonly callMsMax: number;
  /** The history that is made now. */
  historyNow: () => History = () => {
    throw new Error('nobody follows the log');
  };
  private lastId = 0;
  private store: OpenSnapshots | undefined;

  constructor(world: World, plan: Pick<CrashPlan<Point>, 'reach'>) {
    this.world = world;
    this.plan = plan;
    this.random = world.random('snapshots');
    this.callMsMax = this.random.pick([10, 10, 10, 200]);
  }

  /** The newest one that can be read and is none of these. */
  newestBut(unusable: ReadonlySet<number>): StoredSnapshot | undefined {
    return this.stored.find((snapshot) => !unusable.has(snapshot.id) && !this.isDamaged(snapshot));
  }

  isDamaged({ id, blocks }: StoredSnapshot): boolean {
    return blocks.some((_, block) => this.damaged.has(`${id} ${block}`));
  }

  open(): SnapshotStore {
    this.crash();
    this.store = new OpenSnapshots(this);
    return this.store;
  }

  crash(): void {
    if (this.store !== undefined) this.store.gone = true;
    this.store = undefined;
  }

  nextId(): number {
    return ++this.lastId;
  }

  /** Bits of one of the newest one's blocks are others from now on. */
  damage(random: Prng): void {
    const [newest] = this.stored;
    if (newest === undefined) return;
    const { trace, scheduler } = this.world;
    trace.fault(scheduler.nowMs, 'snapshot damaged');
    this.damaged.add(`${newest.id} ${random.below(newest.blockCount)}`);
  }

  putBack(snapshot: StoredSnapshot | undefined): void {
    this.stored = snapshot === undefined ? [] : [{ ...snapshot, id: this.nextId() }];
  }
}

/** The snapshots as one process has them open: each call is answered by an event of its own. */
class OpenSnapshots implements SnapshotStore {
  gone = false;
  private readonly disk: SnapshotDisk;

  constructor(disk: SnapshotDisk) {
    this.disk = disk;
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    await this.pause();
    return this.disk.stored.map(({ blocks: _, history: __, upto: ___, ...info }) => info);
  }

  async begin(position: number): Promise<SnapshotWriter> {
    await this.pause();
    this.reach('in a snapshot');
    const { disk } = this;
    const id = disk.nextId();
    const history = disk.historyNow();
    const blocks: Uint8Array[] = [];
    return {
      add: async (block) => {
        const copy = block.slice();
        await this.pause();
        this.reach('in a snapshot');
        this.checkRoom();
        blocks.push(copy);
      },
      complete: async () => {
        await this.pause();
        this.reach('before a snapshot is complete');
        const bytes = blocks.reduce((sum, block) => sum + block.length, 0);
        const { nowMs: createdMs } = disk.world.scheduler;
        const info = { id, position, blockCount: blocks.length, bytes, createdMs };
        const upto = history.length;
        disk.stored = [{ ...info, blocks, history, upto }, ...disk.stored];
        disk.world.trace.mark('snapshot complete');
        this.reach('after a snapshot is complete');
        return info;
      },
      abandon: () => this.pause(),
    };
  }

  async *read({ id, blockCount }: SnapshotInfo): AsyncGenerator<Uint8Array> {
    const { disk } = this;
    const snapshot = disk.stored.find((stored) => stored.id === id);
    for (let block = 0; block < blockCount; block++) {
      if (block % 8 === 0) await this.pause();
      const bytes = snapshot?.blocks[block];
      if (bytes === undefined || disk.damaged.has(`${id} ${block}`)) {
        throw snapshotCorrupt(path, { snapshot: id, block }, 'its checksum is wrong');
      }
      yield bytes.slice();
    }
  }

  async keep(ids: readonly number[]): Promise<void> {
    await this.pause();
    this.reach('before older snapshots go');
    this.disk.stored = this.disk.stored.filter(({ id }) => ids.includes(id));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private checkRoom(): void {
    const { world, fullUntilMs } = this.disk;
    if (!world.isChaos() || world.scheduler.nowMs >= fullUntilMs) return;
    world.trace.fault(world.scheduler.nowMs, 'no room for a snapshot');
    throw snapshotDiskFull(path, undefined);
  }

  /** A call of a process that has died meanwhile never comes back. */
  private reach(point: Point): void {
    if (this.disk.plan.reach(point)) throw snapshotsStopped(path);
  }

  private pause(): Promise<void> {
    const { world, random, callMsMax } = this.disk;
    return new Promise((resolve) => {
      world.scheduler.after(1 + random.below(callMsMax), () => {
        if (!this.gone) resolve();
      });
    });
  }
}
