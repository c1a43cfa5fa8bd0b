import { accessSync, constants, existsSync } from 'node:fs';
import { SyncError } from '../base/errors.ts';
import { sizeOf } from './file-size.ts';
import { settleFile } from './settled-file.ts';
import {
  connectSqlite,
  lacksIndexRoom,
  pageBytes,
  ResultCode,
  resultCode,
  type SqlConnection,
  walPath,
} from './sqlite-driver.ts';

/** What is said of a file that cannot be opened, in the words of what it is for. */
export interface FileErrors {
  notOurs(path: string, cause?: unknown): SyncError;
  newer(path: string, found: number, known: number): SyncError;
  locked(path: string, cause: unknown): SyncError;
  cannotOpen(path: string, cause: unknown): SyncError;
  damaged(path: string, problem: string, cause?: unknown): SyncError;
  diskFull(path: string, cause: unknown): SyncError;
}

/** One kind of SyncDB's SQLite files. */
export interface FileFormat<Meta> {
  /** The magic, in the header of the file. */
  readonly applicationId: number;
  /** For each format version from 1 on the statements that make its tables, in the order of the tables' names. */
  readonly versions: readonly (readonly string[])[];
  readonly errors: FileErrors;
  /** A pragma that has to come before anything else in the transaction that makes a file, and that writes to it. */
  readonly firstPragma?: string;
  /** Fills the tables of the newest version, which are there and empty. */
  create(db: SqlConnection): void;
  /** Makes a file of the newest version of one of version `from`, within the transaction that is open. */
  upgrade(db: SqlConnection, path: string, from: number): void;
  /** Reads what the file says of itself, and throws where that cannot be. */
  check(db: SqlConnection, path: string): Meta;
}

/**
 * `page_size` has to come before anything touches a new file, and `locking_mode` before the first access in
 * WAL mode: then the lock on the file is exclusive from the first access to the close, and no shared memory
 * file is needed. Where a disk's cache has a flush command of its own (macOS), `fullfsync` sends it.
 */
const settings = `
  PRAGMA page_size = ${pageBytes};
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cell_size_check = ON;`;

/** Stands beside a file as long as a repair exchanges it, so that nobody opens half of the exchange. */
export function repairMark(path: string): string {
  return `${path}.repairing`;
}

/**
 * To be called before SQLite opens a file that may be empty or missing, even to read it: it would remove the write-ahead log
 * beside it, which may be all that is left. Throws `damaged` of that log.
 */
export function checkNotLeft(path: string, errors: FileErrors): void {
  // Never has a file of ours such a log before it has something itself.
  if (isWalLeft(path))
    throw errors.damaged(
      walPath(path),
      'the file that it belongs to is empty or missing; put that back, or move this one elsewhere to go on without what it has',
    );
}

/** Whether a write-ahead log is all that is left of a file. */
export function isWalLeft(path: string): boolean {
  // SQLite takes a file of one byte for an empty one.
  return sizeOf(path) <= 1 && sizeOf(walPath(path)) > 0;
}

/**
 * Connects to the file and makes what `use` makes of it, which then owns the connection; where that fails the
 * connection is closed again. Errors as for `openFile`.
 */
export function connectFile<T>(
  path: string,
  errors: FileErrors,
  use: (db: SqlConnection) => T,
  connect = connectSqlite,
): T {
  checkNoRepair(path, errors);
  checkNotLeft(path, errors);
  let db: SqlConnection;
  try {
    db = connect(path);
  } catch (error) {
    throw openError(path, errors, error);
  }
  try {
    return use(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes a file of the newest format of a new or empty one, upgrades an older one, or checks that it is one; then
 * nobody else can open it until `db` is closed. Each is one transaction: where it is cut short, even by the end of
 * the process, the file is what it was before. What the file shows is on stable storage when this returns.
 *
 * Fails with the errors of `format`, and what its `check` throws. The caller closes `db` then. An error that is neither
 * damage nor an unknown format may pass: a disk that could not sync may be able to when the file is opened again.
 */
export function openFile<Meta>(db: SqlConnection, path: string, format: FileFormat<Meta>): Meta {
  try {
    db.exec(settings);
    // From this first access on the lock is held, so a file that is empty here stays empty for us.
    const isNew = single(db, 'PRAGMA page_count') === 0;
    // What SQLite takes for empty may have one byte.
    if (isNew && sizeOf(path) > 0) throw format.errors.notOurs(path);
    if (!isNew) checkHeader(db, path, format.errors);
    const { firstPragma } = format;
    db.exec(isNew && firstPragma !== undefined ? `BEGIN; ${firstPragma}` : 'BEGIN IMMEDIATE');
    // Once more now that the lock is held, which a repair holds too until its mark is there.
    checkNoRepair(path, format.errors);
    if (isNew) create(db, format);
    else upgrade(db, path, format);
    const meta = format.check(db, path);
    db.exec('COMMIT');
    // Only after creation, which is then whole or absent even where the process is killed within it.
    const mode = single(db, 'PRAGMA journal_mode = WAL');
    if (mode !== 'wal') throw new Error(`SQLite offers journal mode ${mode} here, and not WAL`);
    settleFile(db, path, () => format.errors.locked(path, undefined));
    return meta;
  } catch (error) {
    throw openError(path, format.errors, error);
  }
}

export const headerProblem = 'the header that SQLite reads is damaged';

export function headerDamaged(path: string, errors: FileErrors, cause?: unknown): SyncError {
  return errors.damaged(path, headerProblem, cause);
}

/**
 * Throws `damaged` where SQLite would write otherwise than the file is: over pages that its header does not count, or never,
 * since that says so. The header itself is not read: closing a file gives up all locks that this process has on it.
 */
function checkHeader(db: SqlConnection, path: string, errors: FileErrors): void {
  const bytes = Number(single(db, 'PRAGMA page_count')) * Number(single(db, 'PRAGMA page_size'));
  // Else that counts the pages.
  const isCounted = sizeOf(walPath(path)) === 0;
  if (isCounted && bytes !== sizeOf(path)) throw headerDamaged(path, errors);
  try {
    // What a file is that nobody may write shows only when somebody does.
    const version = single(db, 'PRAGMA user_version');
    db.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${version}`);
    db.exec('ROLLBACK');
  } catch (error) {
    if (resultCode(error) !== ResultCode.readOnly) throw error;
    accessSync(path, constants.W_OK);
    throw headerDamaged(path, errors, error);
  }
}

function checkNoRepair(path: string, errors: FileErrors): void {
  if (existsSync(repairMark(path)))
    throw errors.damaged(
      path,
      'a repair or restore of it was cut short: `syncdb repair` finishes either',
    );
}

/** The format version of a file that is one, with the tables of that version. Throws what `openFile` does. */
export function checkFormat(
  db: SqlConnection,
  path: string,
  { applicationId, versions, errors }: Omit<FileFormat<never>, 'check' | 'create' | 'upgrade'>,
): number {
  if (single(db, 'PRAGMA application_id') !== applicationId) throw errors.notOurs(path);
  const version = Number(single(db, 'PRAGMA user_version'));
  if (version > versions.length) throw errors.newer(path, version, versions.length);
  const found = single(db, "SELECT group_concat(sql, ';' ORDER BY name) FROM sqlite_schema");
  if (found !== versions[version - 1]?.join(';'))
    throw errors.damaged(path, 'its tables are not those of its format');
  return version;
}

/** The one value of the one row that `sql` gives. */
export function single(db: SqlConnection, sql: string): unknown {
  return Object.values(db.prepare<Record<string, unknown>>(sql).get()!)[0];
}

/** Says in the file's own terms what SQLite says of a file that it cannot open. */
export function openError(path: string, errors: FileErrors, error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  // The binding's, of a whole number that JavaScript does not have: nobody wrote that.
  if ((error as { readonly code?: unknown }).code === 'ERR_OUT_OF_RANGE')
    return errors.damaged(path, 'its values are impossible', error);
  // The operating system's, of what is written beside SQLite.
  if ((error as { readonly code?: unknown }).code === 'ENOSPC') return errors.diskFull(path, error);
  if (lacksIndexRoom(error)) return errors.diskFull(path, error);
  switch (resultCode(error)) {
    case ResultCode.busy:
      return errors.locked(path, error);
    case ResultCode.notADatabase:
      return errors.notOurs(path, error);
    case ResultCode.corrupt:
      return errors.damaged(path, 'SQLite finds its pages malformed', error);
    case ResultCode.full:
      return errors.diskFull(path, error);
    default:
      // There is no code of its own for this.
      return String(error).includes('unsupported file format')
        ? headerDamaged(path, errors, error)
        : errors.cannotOpen(path, error);
  }
}

function create(db: SqlConnection, format: FileFormat<unknown>): void {
  for (const sql of format.versions.at(-1)!) db.exec(sql);
  db.exec(`PRAGMA application_id = ${format.applicationId}`);
  markNewest(db, format);
  format.create(db);
}

function upgrade(db: SqlConnection, path: string, format: FileFormat<unknown>): void {
  const version = checkFormat(db, path, format);
  if (version === format.versions.length) return;
  format.upgrade(db, path, version);
  markNewest(db, format);
}

function markNewest(db: SqlConnection, { versions }: FileFormat<unknown>): void {
  db.exec(`PRAGMA user_version = ${versions.length}`);
}
