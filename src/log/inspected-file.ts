import { existsSync, rmSync, statSync } from 'node:fs';
import { connectSqliteReadOnly, type SqlConnection } from './sqlite-driver.ts';
import { type FileErrors, openError, single } from './sqlite-file.ts';

/**
 * Looks into a file without writing to it, not even what its write-ahead log has. Nobody can open it for writing
 * meanwhile. Its folder has to be writable: SQLite keeps an index of the write-ahead log there, which goes again.
 *
 * Throws what `errors` says of a file that is not there, is open elsewhere or is no SQLite file, and of what SQLite raises
 * in `use`.
 */
export function inspectFile<T>(path: string, errors: FileErrors, use: (db: SqlConnection) => T): T {
  if (!existsSync(path)) throw errors.cannotOpen(path, new Error('no such file'));
  const db = connectSqliteReadOnly(path);
  try {
    takeLock(db);
    try {
      return use(db);
    } finally {
      removeTraces(path);
    }
  } catch (error) {
    throw openError(path, errors, error);
  } finally {
    db.close();
  }
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

/** As long as the lock is held nobody else can have made them, nor have put anything into them. */
function removeTraces(path: string): void {
  rmSync(`${path}-shm`, { force: true });
  const log = `${path}-wal`;
  if (existsSync(log) && statSync(log).size === 0) rmSync(log);
}
