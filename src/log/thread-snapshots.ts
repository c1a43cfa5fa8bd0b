import { packRecords, unpackRecords } from './record-pack.ts';
import { snapshotsCannotOpen, snapshotsClosed, snapshotsStopped } from './snapshot-errors.ts';
import type { SnapshotInfo, SnapshotStore, SnapshotWriter } from './snapshot-store.ts';
import type { SnapshotAnswer, SnapshotRequest } from './store-messages.ts';
import { StoreThread, type ThreadHandle } from './store-thread.ts';

const errors = { cannotOpen: snapshotsCannotOpen, stopped: snapshotsStopped };

/**
 * Snapshots that `serveStore` keeps on another thread. Resolves once the thread has opened them; fails as opening
 * there failed, when the thread has ended.
 */
export async function attachThreadSnapshots(
  handle: ThreadHandle<SnapshotAnswer>,
  path: string,
): Promise<SnapshotStore> {
  const thread = new StoreThread<SnapshotRequest, SnapshotAnswer>(handle, path, errors);
  await thread.opened();
  return new ThreadSnapshots(thread);
}

type Call = StoreThread<SnapshotRequest, SnapshotAnswer>['call'];

class ThreadSnapshots implements SnapshotStore {
  private readonly thread: StoreThread<SnapshotRequest, SnapshotAnswer>;
  private closing: Promise<void> | undefined;

  constructor(thread: StoreThread<SnapshotRequest, SnapshotAnswer>) {
    this.thread = thread;
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    return (await this.call({ kind: 'list' }, 'listed')).snapshots;
  }

  async begin(position: number): Promise<SnapshotWriter> {
    const { id } = await this.call({ kind: 'begin', position }, 'begun');
    return {
      add: async (block) => {
        const blocks = packRecords([block]);
        await this.call({ kind: 'add', id, blocks }, 'done', undefined, blocks);
      },
      complete: async () => (await this.call({ kind: 'complete', id }, 'completed')).snapshot,
      abandon: async () => {
        await this.call({ kind: 'abandon', id }, 'done');
      },
    };
  }

  /** The thread reads the next slice while the caller is busy with this one. */
  async *read({ id, blockCount: end }: SnapshotInfo): AsyncGenerator<Uint8Array> {
    let index = 0;
    let asked: Promise<Uint8Array[]> | undefined;
    while (index < end) {
      const blocks = await (asked ?? this.slice(id, index, end));
      index += blocks.length;
      asked = index < end ? this.slice(id, index, end) : undefined;
      yield* blocks;
    }
  }

  async keep(ids: readonly number[]): Promise<void> {
    await this.call({ kind: 'keep', ids }, 'done');
  }

  close(): Promise<void> {
    this.closing ??= this.thread.end();
    return this.closing;
  }

  private slice(id: number, index: number, end: number): Promise<Uint8Array[]> {
    const slice = this.call({ kind: 'read', id, index, end }, 'slice').then(({ blocks }) =>
      unpackRecords(blocks),
    );
    // A reader who leaves early never hears how the slice ahead went, and need not.
    slice.catch(() => {});
    return slice;
  }

  private readonly call: Call = async (...request) => {
    if (this.closing !== undefined) throw snapshotsClosed();
    return this.thread.call(...request);
  };
}
