import { existsSync } from 'node:fs';
import { Code, SyncError } from '../base/errors.ts';
import { isHeaderSound } from './file-header.ts';
import { inspectFile } from './inspected-file.ts';
import { inspectMended } from './mended-header.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { type FileErrors, headerDamaged, isWalLeft } from './sqlite-file.ts';

/** What a file is to be. */
export interface Readable {
  readonly applicationId: number;
  readonly errors: FileErrors;
  /** Throws DATA_LOSS where not even its tables are there. */
  readonly probe: (db: SqlConnection, path: string) => void;
}

/**
 * Looks into a file as `inspectFile`, or into a copy of it with a sound header where its own is not: SQLite does not open it
 * then, or reads it otherwise than it is. Throws what `unreadableBy` gives.
 */
export function inspectReadable<T>(
  path: string,
  what: Readable,
  use: (db: SqlConnection, isMended: boolean) => T,
): T {
  const { errors } = what;
  const unreadable = unreadableAsIs(path, what);
  if (unreadable === undefined) return inspectFile(path, errors, (db) => use(db, false));
  if (isMendable(path, what)) return inspectMended(path, errors, (db) => use(db, true));
  throw unreadable;
}

/**
 * Why nothing of a file can be read, not even with another header. Throws what `inspectFile` throws but DATA_LOSS, and DATA_LOSS
 * where a change was cut short, of which nothing is known before it is undone.
 */
export function unreadableBy(path: string, what: Readable): SyncError | undefined {
  const unreadable = unreadableAsIs(path, what);
  return unreadable && isMendable(path, what) ? undefined : unreadable;
}

function unreadableAsIs(path: string, what: Readable): SyncError | undefined {
  const { applicationId, errors, probe } = what;
  const unreadable = dataLossOf(() => inspectFile(path, errors, (db) => probe(db, path)));
  if (unreadable !== undefined) {
    if (existsSync(`${path}-journal`)) throw unreadable;
    return unreadable;
  }
  // Not before it is known that nobody has it open: whoever closes a file that his own process has open gives up its locks.
  return isHeaderSound(path, applicationId) ? undefined : headerDamaged(path, errors);
}

function isMendable(path: string, { errors, probe }: Readable): boolean {
  // A header would be all that it has.
  if (isWalLeft(path)) return false;
  return dataLossOf(() => inspectMended(path, errors, (db) => probe(db, path))) === undefined;
}

function dataLossOf(action: () => void): SyncError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SyncError && error.code === Code.dataLoss) return error;
    throw error;
  }
}
