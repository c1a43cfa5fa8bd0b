import { assert, SyncError } from '../base/errors.ts';
import { sliceBytesMax, sliceRecordsMax } from './log.ts';
import {
  type DamagedBlock,
  snapshotCorrupt,
  snapshotDiskFull,
  snapshotsStopped,
} from './snapshot-errors.ts';
import {
  blockCrc,
  infoCrc,
  listSnapshots,
  placeOf,
  snapshotBlocksMax,
  snapshotFormat,
} from './snapshot-file.ts';
import {
  type FreeBytes,
  freeBytesAt,
  freeBytesWithin,
  giveBack,
  makeShrinkable,
  snapshotReserveBytes,
} from './snapshot-room.ts';
import type { SnapshotInfo } from './snapshot-store.ts';
import {
  connectSqlite,
  ResultCode,
  resultCode,
  type SqlConnection,
  type SqlStatement,
} from './sqlite-driver.ts';
import { connectFile, openFile } from './sqlite-file.ts';

/**
 * Snapshots in one SQLite file, synchronous: what the snapshots' thread runs. Each call takes as long as the disk does.
 * The errors are those of `SnapshotStore`.
 *
 * What is removed leaves free pages that the next snapshot takes, so the file has room for one snapshot more than are
 * kept and does not grow beyond that. One that finds no room gives back what it took: the log needs it.
 */
export interface SqliteSnapshotStore {
  /** Complete snapshots, newest first. */
  list(): SnapshotInfo[];
  /**
   * Removes what is neither complete nor sound, and returns the number of the new snapshot. SNAPSHOT_DISK_FULL where there is
   * no room for about what the last one took.
   */
  begin(position: number): number;
  add(id: number, block: Uint8Array): void;
  /** The time is said where a snapshot is copied. */
  complete(id: number, createdMs?: number): SnapshotInfo;
  /** Without effect on one that is not under way any more. */
  abandon(id: number): void;
  /** Blocks of a snapshot from `index` on to before `end`, until there is a slice of them as of a log. */
  read(id: number, index: number, end: number): Uint8Array[];
  /** Removes all complete ones but these. */
  keep(ids: readonly number[]): void;
  close(): void;
}

/** Opens or creates the file at `path`, whose folder must exist. Errors as for `openSqliteSnapshots`. */
export function openSqliteSnapshotStore(
  path: string,
  connect = connectSqlite,
  freeBytes: FreeBytes = freeBytesAt,
): SqliteSnapshotStore {
  const use = (db: SqlConnection) => {
    openFile(db, path, snapshotFormat);
    return new FileSnapshots(path, db, freeBytes);
  };
  return connectFile(path, snapshotFormat.errors, use, connect);
}

interface Writing {
  readonly id: number;
  readonly position: number;
  blockCount: number;
  bytes: number;
}

interface BlockRow {
  readonly place: number;
  readonly bytes: Uint8Array;
  readonly crc: number;
}

class FileSnapshots implements SqliteSnapshotStore {
  private readonly path: string;
  private readonly db: SqlConnection;
  private readonly freeBytes: FreeBytes;
  private readonly insertBlock: SqlStatement<never>;
  private writing: Writing | undefined;
  /** Why the snapshot of this number was given up. */
  private failed: { readonly id: number; readonly error: SyncError } | undefined;
  private stopped = false;
  private lastId = 0;

  constructor(path: string, db: SqlConnection, freeBytes: FreeBytes) {
    this.path = path;
    this.db = db;
    this.freeBytes = freeBytes;
    this.insertBlock = db.prepare('INSERT INTO blocks VALUES (?, ?, ?)');
  }

  list(): SnapshotInfo[] {
    try {
      return listSnapshots(this.db);
    } catch (error) {
      throw readError(this.path, undefined, error);
    }
  }

  begin(position: number): number {
    assert(this.writing === undefined, 'one snapshot may be under way at a time');
    const complete = this.list();
    const completeIds = new Set(complete.map(({ id }) => id));
    const ids = this.transact(() => {
      const found = this.idsThere();
      for (const other of found) if (!completeIds.has(other)) this.remove(other);
      return found;
    });
    this.makeRoom(complete[0]?.bytes ?? 0);
    const id = this.transact(() => {
      // Nobody who is late with a block of one that is gone gives it to another.
      const next = Math.max(this.lastId, ...ids) + 1;
      // Its place is checked before its blocks are.
      placeOf(next, 0);
      this.db.prepare('INSERT INTO snapshots VALUES (?, ?, 0, 0, 0, 0, 0)').run(next, position);
      return next;
    });
    this.lastId = id;
    this.writing = { id, position, blockCount: 0, bytes: 0 };
    return id;
  }

  add(id: number, block: Uint8Array): void {
    const writing = this.writingOf(id);
    this.orGiveUp(id, () => {
      const index = writing.blockCount;
      if (this.freeBytes(this.path) < snapshotReserveBytes + block.length)
        throw snapshotDiskFull(this.path, undefined);
      // A power cut may take blocks that are not complete: what counts is synced with the completion.
      this.db.exec('PRAGMA synchronous = NORMAL');
      try {
        const crc = blockCrc(id, index, block);
        this.transact(() => this.insertBlock.run(placeOf(id, index), block, crc));
      } finally {
        this.db.exec('PRAGMA synchronous = FULL');
      }
      writing.blockCount++;
      writing.bytes += block.length;
    });
  }

  complete(id: number, createdMs = Date.now()): SnapshotInfo {
    const { position, blockCount, bytes } = this.writingOf(id);
    const info = { id, position, blockCount, bytes, createdMs };
    this.orGiveUp(id, () => {
      const update = this.db.prepare(
        'UPDATE snapshots SET block_count = ?, bytes = ?, created_ms = ?, complete = 1, crc = ? WHERE id = ?',
      );
      const values = [blockCount, bytes, createdMs, infoCrc(info), id];
      this.transact(() => update.run(...values));
    });
    this.writing = undefined;
    // It is on stable storage; in the file itself no damage of the write-ahead log can take it away.
    this.attempt(() => this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    return info;
  }

  abandon(id: number): void {
    if (this.writing?.id !== id) return;
    this.writing = undefined;
    this.transact(() => this.remove(id));
  }

  read(id: number, index: number, end: number): Uint8Array[] {
    return readBlocks(this.db, this.path, id, index, end);
  }

  keep(ids: readonly number[]): void {
    const others = this.list().filter(({ id }) => !ids.includes(id));
    for (const { id } of others) this.transact(() => this.remove(id));
  }

  close(): void {
    this.db.close();
  }

  private writingOf(id: number): Writing {
    if (this.failed?.id === id) throw this.failed.error;
    assert(this.writing?.id === id, `snapshot ${id} is not under way`);
    return this.writing;
  }

  private orGiveUp(id: number, step: () => void): void {
    try {
      step();
    } catch (caught) {
      const error = caught instanceof SyncError ? caught : this.stop(caught);
      this.failed = { id, error };
      this.writing = undefined;
      // What is left of it where that fails too is removed before the next is begun.
      this.attempt(() => {
        this.transact(() => this.remove(id));
        giveBack(this.db);
      });
      throw error;
    }
  }

  private makeRoom(bytes: number): void {
    const free = this.freeBytes(this.path);
    this.attempt(() => makeShrinkable(this.db, free));
    if (free + freeBytesWithin(this.db) < bytes + snapshotReserveBytes)
      throw snapshotDiskFull(this.path, undefined);
  }

  /** Something that nothing depends on. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch {
      // Whatever was in its way is in the way of what matters too, and is told there.
    }
  }

  /** Numbers of snapshots of which anything is there, also of blocks whose row is lost. */
  private idsThere(): number[] {
    const ids = this.db.prepare<{ readonly id: number }>(
      `SELECT id FROM snapshots UNION SELECT place / ${snapshotBlocksMax} FROM blocks`,
    );
    return [...ids.iterate()].map(({ id }) => id);
  }

  private remove(id: number): void {
    const places = [placeOf(id, 0), placeOf(id, 0) + snapshotBlocksMax];
    this.db.prepare('DELETE FROM blocks WHERE place >= ? AND place < ?').run(...places);
    this.db.prepare('DELETE FROM snapshots WHERE id = ?').run(id);
  }

  /** All of `work` or nothing. Where neither is certain this handle is at its end. */
  private transact<T>(work: () => T): T {
    if (this.stopped) throw snapshotsStopped(this.path);
    try {
      this.db.exec('BEGIN IMMEDIATE');
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      throw this.afterFailure(error);
    }
  }

  private afterFailure(error: unknown): SyncError {
    if (!this.rolledBack()) return this.stop(error);
    if (error instanceof SyncError) return error;
    const code = resultCode(error);
    if (code === ResultCode.full) return snapshotDiskFull(this.path, error);
    // The same pages are in the way of whatever is tried next, and only of writing.
    if (code === ResultCode.corrupt || code === ResultCode.constraint)
      return snapshotCorrupt(this.path, undefined, 'SQLite finds its pages malformed', error);
    return this.stop(error);
  }

  private rolledBack(): boolean {
    try {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      return !this.db.isTransaction;
    } catch {
      return false;
    }
  }

  private stop(cause: unknown): SyncError {
    this.stopped = true;
    return snapshotsStopped(this.path, cause);
  }
}

/** Blocks of a snapshot as `SqliteSnapshotStore.read` gives them, with its errors. */
export function readBlocks(
  db: SqlConnection,
  path: string,
  id: number,
  first: number,
  end: number,
): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  try {
    for (const block of soundBlocks(db, path, id, first, end)) blocks.push(block);
  } catch (error) {
    // What stands before the damage is good: it is served first, and the next slice begins with the error.
    if (blocks.length === 0) throw readError(path, { snapshot: id, block: first }, error);
  }
  return blocks;
}

function* soundBlocks(
  db: SqlConnection,
  path: string,
  id: number,
  first: number,
  end: number,
): Generator<Uint8Array> {
  let bytesRead = 0;
  let index = first;
  const select = db.prepare<BlockRow>(
    'SELECT * FROM blocks WHERE place >= ? AND place < ? ORDER BY place',
  );
  for (const { place, bytes, crc } of select.iterate(placeOf(id, first), placeOf(id, 0) + end)) {
    const at = { snapshot: id, block: index };
    if (place !== placeOf(id, index)) throw snapshotCorrupt(path, at, 'it is missing');
    // A flipped bit can make text of a blob, and its checksum would be right.
    if (!(bytes instanceof Uint8Array) || crc !== blockCrc(id, index, bytes))
      throw snapshotCorrupt(path, at, 'its checksum is wrong');
    yield bytes;
    index++;
    bytesRead += bytes.length;
    if (index - first === sliceRecordsMax || bytesRead >= sliceBytesMax) return;
  }
  if (index < end) throw snapshotCorrupt(path, { snapshot: id, block: index }, 'it is missing');
}

function readError(path: string, at: DamagedBlock | undefined, error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const code = resultCode(error);
  if (code === ResultCode.corrupt)
    return snapshotCorrupt(path, at, 'SQLite finds its page malformed', error);
  // Not SQLite's: the binding cannot hand out a value, which is then none that was written.
  if (code === 0) return snapshotCorrupt(path, at, 'its values are impossible', error);
  return snapshotsStopped(path, error);
}
