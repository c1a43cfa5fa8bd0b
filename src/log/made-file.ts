import { existsSync, rmSync } from 'node:fs';
import { syncPath } from './moved-file.ts';
import { connectSqlite, ResultCode, resultCode, type SqlConnection } from './sqlite-driver.ts';
import { type FileErrors, openError } from './sqlite-file.ts';

/*
 * Files that are made beside others, to take their names when they are whole.
 */

/** Removes what is left of one that never took its place. Throws what `errors` says where somebody is making it just now. */
export function removeMade(path: string, errors: FileErrors, connect = connectSqlite): void {
  if (existsSync(path)) {
    const db = connect(path);
    try {
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE');
    } catch (error) {
      // Whatever else is wrong with it, it goes.
      if (resultCode(error) === ResultCode.busy) throw errors.locked(path, error);
    } finally {
      db.close();
    }
  }
  for (const end of ['', '-wal', '-journal']) rmSync(path + end, { force: true });
}

/**
 * Brings all of a file that is closed into the file itself and onto stable storage, so that nothing is in a write-ahead log,
 * which would not go along with a new name. Throws what `errors` says of a full disk, and of a file that cannot be
 * written: closing a file says nothing of either.
 */
export function settleMade(path: string, errors: FileErrors, connect = connectSqlite): void {
  const db = connect(path);
  try {
    checkpoint(db);
  } catch (error) {
    throw openError(path, errors, error);
  } finally {
    db.close();
  }
  if (existsSync(`${path}-wal`)) throw errors.cannotOpen(path, new Error('its log stays'));
  syncPath(path);
}

function checkpoint(db: SqlConnection): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL');
  db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
  const sql = 'PRAGMA wal_checkpoint(TRUNCATE)';
  const { busy } = db.prepare<{ readonly busy: number }>(sql).get()!;
  if (busy !== 0) throw new Error('its write-ahead log cannot be brought into it');
}
