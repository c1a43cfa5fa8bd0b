import { existsSync, rmSync } from 'node:fs';
import type { SyncError } from '../base/errors.ts';
import { sizeOf } from './file-size.ts';
import {
  connectSqliteReadOnly,
  lacksIndexRoom,
  ResultCode,
  resultCode,
  type SqlConnection,
  walPath,
} from './sqlite-driver.ts';
import { checkNotLeft, connectFile, type FileErrors, openError, single } from './sqlite-file.ts';

/** A file that is held: nobody can open it for writing. */
export interface InspectedFile {
  readonly db: SqlConnection;
  close(): void;
}

/**
 * Looks into a file and changes nothing of it, nor of its write-ahead log. Nobody can open it for writing meanwhile. Its
 * folder has to be writable: SQLite keeps an index of the write-ahead log there, which goes again.
 *
 * Throws what `errors` says of a file that is not there, is open elsewhere, is no SQLite file, is in the middle of a change
 * that was cut short or has nothing left but a write-ahead log, and of what SQLite raises in `use`.
 */
export function inspectFile<T>(path: string, errors: FileErrors, use: (db: SqlConnection) => T): T {
  const file = holdFile(path, errors);
  try {
    return use(file.db);
  } catch (error) {
    throw openError(path, errors, error);
  } finally {
    file.close();
  }
}

/** As `inspectFile`, until it is closed. */
export function holdFile(path: string, errors: FileErrors): InspectedFile {
  checkNotLeft(path, errors);
  if (!existsSync(path)) throw errors.cannotOpen(path, new Error('no such file'));
  const removeTraces = tracesOf(path);
  const db = connectSqliteReadOnly(path);
  try {
    takeLock(db);
  } catch (error) {
    db.close();
    // Those of somebody else who has it open stay. Of an index that found no room a few bytes are left.
    if (resultCode(error) !== ResultCode.busy) removeTraces();
    // Only who may write can undo it.
    const isCutShort = existsSync(`${path}-journal`) && resultCode(error) === ResultCode.readOnly;
    if (isCutShort) throw errors.damaged(path, cutShort, error);
    throw lookError(path, errors, error);
  }
  const close = () => {
    removeTraces();
    db.close();
  };
  return { db, close };
}

/** What is said where a file cannot be looked into. A full disk is no reason of its own: nothing is to be written to it. */
export function lookError(path: string, errors: FileErrors, error: unknown): SyncError {
  const isFull = lacksIndexRoom(error) || resultCode(error) === ResultCode.full;
  return isFull
    ? errors.cannotOpen(path, new Error(noIndexRoom, { cause: error }))
    : openError(path, errors, error);
}

const noIndexRoom =
  'there is no room on the disk for the index of its write-ahead log, which SQLite makes to look into it';
const cutShort = 'a change of it was cut short, which a repair or the next start undoes';

/**
 * Undoes a change of a file that was cut short and has left a journal, as whoever opens it to write would. Without effect on
 * others. Throws what `errors` says of a file that is open elsewhere or cannot be opened.
 */
export function undoCutShort(path: string, errors: FileErrors): void {
  if (!existsSync(path) || !existsSync(`${path}-journal`)) return;
  connectFile(path, errors, (db) => {
    try {
      single(db, 'SELECT count(*) FROM sqlite_schema');
    } catch (error) {
      throw openError(path, errors, error);
    }
    db.close();
  });
}

/** What SQLite has to say of the pages of a file, one sentence each; it stops after a hundred. */
export function pageProblems(db: SqlConnection): string[] {
  const problems: string[] = [];
  try {
    const check = db.prepare<{ readonly integrity_check: string }>('PRAGMA integrity_check(100)');
    for (const { integrity_check: said } of check.iterate()) {
      if (said !== 'ok') problems.push(said.replaceAll(/\s+/g, ' '));
    }
  } catch (error) {
    problems.push((error as Error).message);
  }
  return problems;
}

function takeLock(db: SqlConnection): void {
  db.exec('PRAGMA cell_size_check = ON; BEGIN');
  single(db, 'SELECT count(*) FROM sqlite_schema');
}

/**
 * What removes that which looking at a file makes beside it, and nothing that was there before. As long as the lock is held
 * nobody else can have made it, nor have put anything into it.
 */
function tracesOf(path: string): () => void {
  const wal = walPath(path);
  const index = wal.replace(/-wal$/, '-shm');
  const made = [wal, index].filter((trace) => !existsSync(trace));
  return () => {
    for (const trace of made)
      if (trace === index || sizeOf(trace) === 0) rmSync(trace, { force: true });
  };
}
