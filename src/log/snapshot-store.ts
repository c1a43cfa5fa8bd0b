/**
 * Snapshots beside a log, each a list of opaque blocks: what lets a start read the newest one and the end of the log, and
 * lets the log let go of its beginning.
 *
 * The payload is the caller's. Every block has a checksum, and a snapshot counts only once it is complete and on stable
 * storage. Nothing here is waited for by a commit.
 */
export interface SnapshotStore {
  /** Complete snapshots, newest first. Fails with UNAVAILABLE SNAPSHOTS_STOPPED where the medium fails. */
  list(): Promise<readonly SnapshotInfo[]>;

  /**
   * Begins one that belongs to `position` of the log: whoever loads it replays the records behind that. One may be under
   * way at a time. An older one that was never completed is removed.
   */
  begin(position: number): Promise<SnapshotWriter>;

  /**
   * The blocks of a snapshot in order. Fails with DATA_LOSS SNAPSHOT_CORRUPT at a damaged or missing block, after all that
   * stand before it: the next older snapshot, or the log alone, is to be used then.
   */
  read(snapshot: SnapshotInfo): AsyncIterable<Uint8Array>;

  /** Removes all complete ones but those of these numbers. */
  keep(ids: readonly number[]): Promise<void>;

  /** Waits for what is under way, then lets go of all resources. Never fails, and may be called again. */
  close(): Promise<void>;
}

export interface SnapshotInfo {
  /** Names it within its store; later ones have higher numbers. */
  readonly id: number;
  /** Of the log: the state is that of this position or later, row by row. */
  readonly position: number;
  readonly blockCount: number;
  readonly bytes: number;
  /** When it was completed, in milliseconds since 1970. For people. */
  readonly createdMs: number;
}

export interface SnapshotWriter {
  /**
   * Adds the next block, which is copied before the call returns. Resolves when the store can take another, so a caller that
   * waits never has more than one block in memory here. RESOURCE_EXHAUSTED SNAPSHOT_DISK_FULL, UNAVAILABLE
   * SNAPSHOTS_STOPPED: the snapshot is abandoned then.
   */
  add(block: Uint8Array): Promise<void>;
  /** Completes it: resolves once it is on stable storage and listed. */
  complete(): Promise<SnapshotInfo>;
  /** Gives it up; what was written of it goes. */
  abandon(): Promise<void>;
}
