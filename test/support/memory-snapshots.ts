import { Code, SyncError } from '../../src/base/errors.ts';
import type { SnapshotInfo, SnapshotStore, SnapshotWriter } from '../../src/log/snapshot-store.ts';

interface Kept {
  readonly info: SnapshotInfo;
  readonly blocks: Uint8Array[];
}

/** Snapshots in memory, whose blocks a test may change, and which fail when it says so. */
export class MemorySnapshots implements SnapshotStore {
  readonly kept: Kept[] = [];
  /** Thrown by the next call that writes. */
  failure: Error | undefined;
  /** Snapshots that were given up. */
  abandoned = 0;
  closed = false;
  private nextId = 1;

  async list(): Promise<readonly SnapshotInfo[]> {
    return this.kept.map(({ info }) => info).reverse();
  }

  async begin(position: number): Promise<SnapshotWriter> {
    this.failOnce();
    const id = this.nextId++;
    const blocks: Uint8Array[] = [];
    return {
      add: async (block) => {
        this.failOnce();
        blocks.push(block.slice());
      },
      complete: async () => {
        this.failOnce();
        const bytes = blocks.reduce((sum, { length }) => sum + length, 0);
        const info = { id, position, blockCount: blocks.length, bytes, createdMs: 0 };
        this.kept.push({ info, blocks });
        return info;
      },
      abandon: async () => {
        this.abandoned++;
      },
    };
  }

  async *read({ id }: SnapshotInfo): AsyncGenerator<Uint8Array> {
    for (const block of this.kept.find(({ info }) => info.id === id)!.blocks) {
      if (block.length === 0) {
        throw new SyncError(Code.dataLoss, 'SNAPSHOT_CORRUPT', 'a block is damaged');
      }
      yield block;
    }
  }

  async keep(ids: readonly number[]): Promise<void> {
    const kept = this.kept.filter(({ info }) => ids.includes(info.id));
    this.kept.splice(0, this.kept.length, ...kept);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private failOnce(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}
