import { assert } from '../base/errors.ts';
import { snapshotCorrupt, snapshotsClosed } from './snapshot-errors.ts';
import type { SnapshotInfo, SnapshotStore, SnapshotWriter } from './snapshot-store.ts';

export interface MemorySnapshotsOptions {
  /** Where the time of completion comes from; 0 without it. */
  readonly nowMs?: () => number;
}

/** Snapshots that are gone with the process: for tests, and for databases that live in memory. */
export function createMemorySnapshots(options: MemorySnapshotsOptions = {}): SnapshotStore {
  return new MemorySnapshots(options);
}

interface MemorySnapshot extends SnapshotInfo {
  readonly blocks: readonly Uint8Array[];
}

class MemorySnapshots implements SnapshotStore {
  private readonly nowMs: () => number;
  /** Newest first. */
  private snapshots: MemorySnapshot[] = [];
  private lastId = 0;
  private writing: number | undefined;
  private closed = false;

  constructor({ nowMs = () => 0 }: MemorySnapshotsOptions) {
    this.nowMs = nowMs;
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    this.checkOpen();
    return this.snapshots.map(infoOf);
  }

  async begin(position: number): Promise<SnapshotWriter> {
    this.checkOpen();
    assert(this.writing === undefined, 'one snapshot may be under way at a time');
    this.lastId++;
    const id = this.lastId;
    this.writing = id;
    const blocks: Uint8Array[] = [];
    const checkUnderWay = () => {
      this.checkOpen();
      assert(this.writing === id, `snapshot ${id} is not under way`);
    };
    return {
      add: async (block) => {
        checkUnderWay();
        blocks.push(block.slice());
      },
      complete: async () => {
        checkUnderWay();
        this.writing = undefined;
        const bytes = blocks.reduce((sum, block) => sum + block.length, 0);
        const createdMs = this.nowMs();
        const done = { id, position, blockCount: blocks.length, bytes, createdMs, blocks };
        this.snapshots.unshift(done);
        return infoOf(done);
      },
      abandon: async () => {
        this.checkOpen();
        if (this.writing === id) this.writing = undefined;
      },
    };
  }

  async *read({ id, blockCount }: SnapshotInfo): AsyncGenerator<Uint8Array> {
    for (let block = 0; block < blockCount; block++) {
      this.checkOpen();
      const found = this.snapshots.find((snapshot) => snapshot.id === id)?.blocks[block];
      if (found === undefined) {
        throw snapshotCorrupt('memory', { snapshot: id, block }, 'it is missing');
      }
      yield found.slice();
    }
  }

  async keep(ids: readonly number[]): Promise<void> {
    this.checkOpen();
    this.snapshots = this.snapshots.filter(({ id }) => ids.includes(id));
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private checkOpen(): void {
    if (this.closed) throw snapshotsClosed();
  }
}

function infoOf({ id, position, blockCount, bytes, createdMs }: MemorySnapshot): SnapshotInfo {
  return { id, position, blockCount, bytes, createdMs };
}
