import { existsSync } from 'node:fs';
import { cannotOpen } from './log-errors.ts';
import { type LogMeta, logFormat, replaceMeta } from './log-file.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { connectFile, openError, openFile } from './sqlite-file.ts';

/**
 * Makes an empty log at `path` that goes on where another was: with its id, from behind `trimmed`, in `epoch`. For what is
 * restored from a backup. Errors as for `openSqliteLog`; LOG_CANNOT_OPEN where there is a file already.
 */
export function createLogFile(
  path: string,
  { id, trimmed, epoch }: Pick<LogMeta, 'id' | 'trimmed' | 'epoch'>,
): void {
  if (existsSync(path)) throw cannotOpen(path, new Error('there is a file of that name'));
  const fill = (db: SqlConnection) => {
    const meta = openFile(db, path, logFormat);
    try {
      db.exec('BEGIN IMMEDIATE');
      replaceMeta(db, { ...meta, id, trimmed, epoch, head: trimmed });
      db.exec('COMMIT');
    } catch (error) {
      throw openError(path, logFormat.errors, error);
    }
    db.close();
  };
  connectFile(path, logFormat.errors, fill);
}
