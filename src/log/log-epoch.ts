import { existsSync } from 'node:fs';
import { assert } from '../base/errors.ts';
import { cannotOpen } from './log-errors.ts';
import { logFormat, replaceMeta } from './log-file.ts';
import { connectSqlite, type SqlConnection } from './sqlite-driver.ts';
import { connectFile, openError, openFile } from './sqlite-file.ts';
import { checkWal } from './wal-file.ts';

/**
 * Raises the epoch of the log at `path`, which nobody has open: whoever opens it next writes in `epoch`. It is on
 * stable storage when this returns. An epoch never goes back, since its positions would be given out twice.
 *
 * Errors as for `openSqliteLog`; a file that is not there is LOG_CANNOT_OPEN, and is not made.
 */
export function setLogEpoch(path: string, epoch: number, connect = connectSqlite): void {
  if (!existsSync(path)) throw cannotOpen(path, new Error('no such file'));
  checkWal(path, logFormat.errors);
  const raise = (db: SqlConnection) => {
    const meta = openFile(db, path, logFormat);
    assert(Number.isSafeInteger(epoch) && epoch >= meta.epoch, 'an epoch never goes back');
    try {
      db.exec('BEGIN IMMEDIATE');
      replaceMeta(db, { ...meta, epoch });
      db.exec('COMMIT');
    } catch (error) {
      throw openError(path, logFormat.errors, error);
    }
    db.close();
  };
  connectFile(path, logFormat.errors, raise, connect);
}
