import { SyncError } from '../base/errors.ts';
import { type LogSlice, sliceBytesMax, sliceRecordsMax } from './log.ts';
import {
  diskFull,
  headMoved,
  logCorrupt,
  logStopped,
  outcomeUnknown,
  readFailed,
} from './log-errors.ts';
import {
  connectSqlite,
  ResultCode,
  resultCode,
  type SqlConnection,
  type SqlStatement,
} from './sqlite-driver.ts';
import { type LogMeta, metaCrc, openError, openLogFile, recordCrc } from './sqlite-file.ts';

/**
 * A log in one SQLite file, synchronous: what the log's thread runs. Each call takes as long as the disk does.
 * The errors are those of `Log`.
 */
export interface SqliteStore {
  /** 16 random bytes, made with the file. */
  readonly id: Uint8Array;
  /** Position of the last durable record. */
  readonly head: number;
  /** Appends all records or none and returns the new head once they are on stable storage. */
  append(expectedHead: number, records: readonly Uint8Array[]): number;
  /** Records of (after, upto], from the first on until a slice is full. `upto` is at most the head. */
  read(after: number, upto: number): LogSlice;
  close(): void;
}

/** Opens or creates the log at `path`, whose folder must exist. Errors as for `openLogFile`. */
export function openSqliteStore(path: string, connect = connectSqlite): SqliteStore {
  let db: SqlConnection;
  try {
    db = connect(path);
  } catch (error) {
    throw openError(path, error);
  }
  try {
    return new FileStore(path, db, openLogFile(db, path));
  } catch (error) {
    db.close();
    throw error;
  }
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
  private readonly updateHead: SqlStatement<never>;
  private readonly selectHead: SqlStatement<{ readonly head: number }>;
  private readonly selectRecords: SqlStatement<RecordRow>;
  private meta: LogMeta;
  private stopped = false;

  constructor(path: string, db: SqlConnection, meta: LogMeta) {
    this.path = path;
    this.db = db;
    this.meta = meta;
    this.insertRecord = db.prepare('INSERT INTO records VALUES (?, ?, ?)');
    this.updateHead = db.prepare('UPDATE meta SET head = ?, crc = ?');
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

  append(expectedHead: number, records: readonly Uint8Array[]): number {
    if (this.stopped) throw logStopped(this.path);
    const next = { ...this.meta, head: expectedHead + records.length };
    try {
      this.db.exec('BEGIN IMMEDIATE');
      this.insert(expectedHead, records, next);
      this.db.exec('COMMIT');
    } catch (error) {
      throw this.afterFailure(error);
    }
    this.meta = next;
    return next.head;
  }

  read(after: number, upto: number): LogSlice {
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
    this.updateHead.run(next.head, metaCrc(next));
  }

  /** Claims that nothing was appended only where that is certain; otherwise this handle is at its end. */
  private afterFailure(error: unknown): SyncError {
    const untouched = this.rolledBack();
    if (untouched && error instanceof SyncError) return error;
    if (untouched && resultCode(error) === ResultCode.full) return diskFull(this.path, error);
    this.stopped = true;
    return outcomeUnknown(this.path, error);
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
