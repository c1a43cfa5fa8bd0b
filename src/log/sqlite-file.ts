import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { SyncError } from '../base/errors.ts';
import { cannotOpen, diskFull, logCorrupt, logLocked, logVersion, notALog } from './log-errors.ts';
import { ResultCode, resultCode, type SqlConnection } from './sqlite-driver.ts';

/** "SDBL" in the file's header: the magic of a SyncDB log. */
const applicationId = 0x5344424c;

/** The newest format that this code writes and reads. */
const formatVersion = 1;

/**
 * `page_size` has to come before anything touches a new file, and `locking_mode` before the first access in
 * WAL mode: then the lock on the file is exclusive from the first access to the close, and no shared memory
 * file is needed. Where a disk's cache has a flush command of its own (macOS), `fullfsync` sends it.
 */
const settings = `
  PRAGMA page_size = 16384;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cell_size_check = ON;`;

/**
 * `meta` has one row. Its head is written with every append, so that a file whose last records vanished with a
 * damaged page is told from one that never had them; its crc covers the row (`metaCrc`).
 */
const tables = [
  'CREATE TABLE meta (log_id BLOB NOT NULL, created_ms INTEGER NOT NULL, head INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE records (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL, crc INTEGER NOT NULL) STRICT',
];

interface MetaRow {
  readonly log_id: Uint8Array;
  readonly created_ms: number;
  readonly head: number;
  readonly crc: number;
}

/** What the file says of itself. */
export interface LogMeta {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** When the log was made, in milliseconds since 1970. For people. */
  readonly createdMs: number;
  /** Position of the last record, 0 for none. */
  readonly head: number;
}

/**
 * Makes a log of a new or empty file, or checks that the file is one; then nobody else can open it until `db`
 * is closed. Nothing is written to a file that is already a log.
 *
 * Fails with FAILED_PRECONDITION LOG_LOCKED, LOG_VERSION or LOG_CANNOT_OPEN, DATA_LOSS NOT_A_LOG or LOG_CORRUPT,
 * RESOURCE_EXHAUSTED LOG_DISK_FULL. The caller closes `db` then.
 */
export function openLogFile(db: SqlConnection, path: string): LogMeta {
  try {
    db.exec(settings);
    // From this first access on the lock is held, so a file that is empty here stays empty for us.
    const isNew = single(db, 'PRAGMA page_count') === 0;
    db.exec('BEGIN IMMEDIATE');
    if (isNew) create(db);
    else checkFormat(db, path);
    const meta = checkMeta(db, path);
    db.exec('COMMIT');
    // Only after creation, which is then whole or absent even where the process is killed within it.
    const mode = single(db, 'PRAGMA journal_mode = WAL');
    if (mode !== 'wal') throw new Error(`SQLite offers journal mode ${mode} here, and not WAL`);
    return meta;
  } catch (error) {
    throw error instanceof SyncError ? error : openError(path, error);
  }
}

/** Guards the row of `meta`. */
export function metaCrc({ id, createdMs, head }: LogMeta): number {
  return crc32(new Float64Array([createdMs, head]), crc32(id));
}

/** Guards one record. The position is the start value, so that a sound record in the wrong place is found too. */
export function recordCrc(position: number, bytes: Uint8Array): number {
  return crc32(bytes, position % 2 ** 32);
}

function create(db: SqlConnection): void {
  for (const sql of tables) db.exec(sql);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
  const meta = { id: new Uint8Array(randomBytes(16)), createdMs: Date.now(), head: 0 };
  db.prepare('INSERT INTO meta VALUES (?, ?, ?, ?)').run(
    meta.id,
    meta.createdMs,
    meta.head,
    metaCrc(meta),
  );
}

function checkFormat(db: SqlConnection, path: string): void {
  if (single(db, 'PRAGMA application_id') !== applicationId) throw notALog(path);
  const version = Number(single(db, 'PRAGMA user_version'));
  if (version > formatVersion) throw logVersion(path, version, formatVersion);
  const found = single(db, "SELECT group_concat(sql, ';' ORDER BY name) FROM sqlite_schema");
  if (version !== formatVersion || found !== tables.join(';'))
    throw logCorrupt(path, undefined, 'its tables are not those of its format');
}

function checkMeta(db: SqlConnection, path: string): LogMeta {
  const row = db.prepare<MetaRow>('SELECT * FROM meta').get();
  // A flipped bit can make text of a blob: STRICT is looked after on writing only.
  if (!(row?.log_id instanceof Uint8Array))
    throw logCorrupt(path, undefined, 'its id and head are gone');
  const meta = { id: row.log_id, createdMs: row.created_ms, head: row.head };
  if (row.crc !== metaCrc(meta)) throw logCorrupt(path, undefined, 'its id or head is wrong');
  const last = Number(single(db, 'SELECT ifnull(max(position), 0) FROM records'));
  if (last !== meta.head)
    throw logCorrupt(path, Math.min(last, meta.head) + 1, `it ends at ${last}, not ${meta.head}`);
  return meta;
}

/** The one value of the one row that `sql` gives. */
function single(db: SqlConnection, sql: string): unknown {
  return Object.values(db.prepare<Record<string, unknown>>(sql).get()!)[0];
}

/** Says in the log's own terms what SQLite says of a file that it cannot open. */
export function openError(path: string, error: unknown): SyncError {
  switch (resultCode(error)) {
    case ResultCode.busy:
      return logLocked(path, error);
    case ResultCode.notADatabase:
      return notALog(path, error);
    case ResultCode.corrupt:
      return logCorrupt(path, undefined, 'SQLite finds its pages malformed', error);
    case ResultCode.full:
      return diskFull(path, error);
    default:
      return cannotOpen(path, error);
  }
}
