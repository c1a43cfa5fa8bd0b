import { assert, SyncError } from '../base/errors.ts';
import { type LogSlice, sliceBytesMax, sliceRecordsMax } from './log.ts';
import {
  diskFull,
  headMoved,
  logCorrupt,
  logStopped,
  logTrimmed,
  outcomeUnknown,
  readFailed,
} from './log-errors.ts';
import { type LogMeta, logFormat, metaCrc, recordCrc } from './log-file.ts';
import {
  connectSqlite,
  ResultCode,
  resultCode,
  type SqlConnection,
  type SqlStatement,
} from './sqlite-driver.ts';
import { connectFile, openFile } from './sqlite-file.ts';
import { checkWal } from './wal-file.ts';

/**
 * A log in one SQLite file, synchronous: what the log's thread runs. Each call takes as long as the disk does.
 * The errors are those of `Log`.
 */
export interface SqliteStore {
  /** 16 random bytes, made with the file. */
  readonly id: Uint8Array;
  /** Position of the last durable record. */
  readonly head: number;
  /** Position before the first record that is kept. */
  readonly trimmed: number;
  /** The epoch in which whoever opens the log writes. */
  readonly epoch: number;
  /** Appends all records or none and returns the new head once they are on stable storage. */
  append(expectedHead: number, records: readonly Uint8Array[]): number;
  /** Records of (after, upto], from the first on until a slice is full. `upto` is at most the head. */
  read(after: number, upto: number): LogSlice;
  /** Drops the oldest records, at most a slice of them and none behind `upto`; returns `trimmed`, for good. */
  trim(upto: number): number;
  close(): void;
}

/** Opens or creates the log at `path`, whose folder must exist. Errors as for `openSqliteLog`. */
export function openSqliteStore(path: string, connect = connectSqlite): SqliteStore {
  checkWal(path, logFormat.errors);
  const use = (db: SqlConnection) => new FileStore(path, db, openFile(db, path, logFormat));
  return connectFile(path, logFormat.errors, use, connect);
}

interface RecordRow {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly crc: number;
}

class FileStore implements SqliteStore {
  private readonly path: string;
  private readonly db: SqlConnection;
  private readonly insertRecord: SqlStatement<never>;
  private readonly updateMeta: SqlStatement<never>;
  private readonly selectSizes: SqlStatement<{ readonly position: number; readonly size: number }>;
  private readonly deleteRecords: SqlStatement<never>;
  private readonly selectHead: SqlStatement<{ readonly head: number }>;
  private readonly selectRecords: SqlStatement<RecordRow>;
  private meta: LogMeta;
  private stopped = false;

  constructor(path: string, db: SqlConnection, meta: LogMeta) {
    this.path = path;
    this.db = db;
    this.meta = meta;
    this.insertRecord = db.prepare('INSERT INTO records VALUES (?, ?, ?)');
    this.updateMeta = db.prepare('UPDATE meta SET head = ?, trimmed = ?, crc = ?');
    this.deleteRecords = db.prepare('DELETE FROM records WHERE position <= ?');
    // The size of a blob stands in its row, so its pages are not read for it.
    this.selectSizes = db.prepare(
      'SELECT position, length(bytes) AS size FROM records WHERE position > ? AND position <= ? ORDER BY position',
    );
    this.selectHead = db.prepare('SELECT head FROM meta');
    this.selectRecords = db.prepare(
      'SELECT * FROM records WHERE position > ? AND position <= ? ORDER BY position',
    );
  }

  get id(): Uint8Array {
    return this.meta.id;
  }

  get head(): number {
    return this.meta.head;
  }

  get trimmed(): number {
    return this.meta.trimmed;
  }

  get epoch(): number {
    return this.meta.epoch;
  }

  append(expectedHead: number, records: readonly Uint8Array[]): number {
    if (this.stopped) throw logStopped(this.path);
    const next = { ...this.meta, head: expectedHead + records.length };
    try {
      this.db.exec('BEGIN IMMEDIATE');
      this.insert(expectedHead, records, next);
      this.db.exec('COMMIT');
    } catch (error) {
      throw this.afterFailure(error) ?? outcomeUnknown(this.path, error);
    }
    this.meta = next;
    return next.head;
  }

  trim(upto: number): number {
    assert(upto <= this.head, 'what is not there cannot be trimmed');
    if (upto <= this.trimmed) return this.trimmed;
    if (this.stopped) throw logStopped(this.path);
    let next: LogMeta;
    try {
      this.db.exec('BEGIN IMMEDIATE');
      next = { ...this.meta, trimmed: this.sliceEnd(upto) };
      this.deleteRecords.run(next.trimmed);
      this.writeMeta(next);
      this.db.exec('COMMIT');
    } catch (error) {
      throw this.afterFailure(error) ?? logStopped(this.path, error);
    }
    this.meta = next;
    return next.trimmed;
  }

  read(after: number, upto: number): LogSlice {
    if (after < this.trimmed) throw logTrimmed(after, this.trimmed);
    const records: Uint8Array[] = [];
    try {
      this.collect(records, after, upto);
    } catch (error) {
      // What stands before the damage is good: it is served first, and the next slice begins with the error.
      if (records.length === 0) throw this.readError(after + 1, error);
    }
    return { first: after + 1, records };
  }

  close(): void {
    this.db.close();
  }

  private insert(expectedHead: number, records: readonly Uint8Array[], next: LogMeta): void {
    const head = this.durableHead();
    if (head !== expectedHead) throw headMoved(expectedHead, head);
    if (records.length === 0) return;
    let position = expectedHead;
    for (const bytes of records) {
      position++;
      this.insertRecord.run(position, bytes, recordCrc(position, bytes));
    }
    this.writeMeta(next);
  }

  private writeMeta(next: LogMeta): void {
    this.updateMeta.run(next.head, next.trimmed, metaCrc(next));
  }

  /** Up to where one slice of trimming goes: as much as one of reading, so an append waits no longer for it. */
  private sliceEnd(upto: number): number {
    let records = 0;
    let bytes = 0;
    for (const { position, size } of this.selectSizes.iterate(this.trimmed, upto)) {
      records++;
      bytes += size;
      if (records === sliceRecordsMax || bytes >= sliceBytesMax) return position;
    }
    return upto;
  }

  /** Claims that nothing was changed only where that is certain; otherwise this handle is at its end. */
  private afterFailure(error: unknown): SyncError | undefined {
    const untouched = this.rolledBack();
    if (untouched && error instanceof SyncError) return error;
    if (untouched && resultCode(error) === ResultCode.full) return diskFull(this.path, error);
    this.stopped = true;
    return undefined;
  }

  private rolledBack(): boolean {
    try {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      return !this.db.isTransaction && this.durableHead() === this.head;
    } catch {
      return false;
    }
  }

  private durableHead(): number {
    return this.selectHead.get()!.head;
  }

  private collect(records: Uint8Array[], after: number, upto: number): void {
    let bytesRead = 0;
    let position = after;
    for (const row of this.selectRecords.iterate(after, upto)) {
      position++;
      const { bytes } = row;
      if (row.position !== position) throw logCorrupt(this.path, position, 'it is missing');
      // A flipped bit can make text of a blob, and its checksum would be right.
      if (!(bytes instanceof Uint8Array) || row.crc !== recordCrc(position, bytes))
        throw logCorrupt(this.path, position, 'its checksum is wrong');
      records.push(bytes);
      bytesRead += bytes.length;
      if (records.length === sliceRecordsMax || bytesRead >= sliceBytesMax) return;
    }
    if (position < upto) throw logCorrupt(this.path, position + 1, 'it is missing');
  }

  private readError(position: number, error: unknown): SyncError {
    if (error instanceof SyncError) return error;
    const code = resultCode(error);
    if (code === ResultCode.corrupt)
      return logCorrupt(this.path, position, 'SQLite finds its page malformed', error);
    // Not SQLite's: the binding cannot hand out a value, which is then none that a log has written.
    if (code === 0) return logCorrupt(this.path, position, 'its values are impossible', error);
    return readFailed(this.path, position, error);
  }
}
