import { existsSync } from 'node:fs';
import { isDataLoss, type SyncError } from '../base/errors.ts';
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
 * then, or reads it otherwise than it is. `unreadable` is given why nothing can be read, not even so, and throws that where it is
 * left out. Throws what `inspectFile` throws but DATA_LOSS, and DATA_LOSS where a change was cut short, of which nothing is
 * known before it is undone.
 */
export function inspectReadable<T>(
  path: string,
  what: Readable,
  use: (db: SqlConnection, isMended: boolean) => T,
  unreadable: (why: SyncError) => T = raise,
): T {
  const { errors, probe } = what;
  const why = unreadableAsIs(path, what);
  if (why === undefined) return inspectFile(path, errors, (db) => use(db, false));
  // A header would be all that it has.
  if (isWalLeft(path)) return unreadable(why);
  let isProbed = false;
  try {
    return inspectMended(path, errors, (db) => {
      probe(db, path);
      isProbed = true;
      return use(db, true);
    });
  } catch (error) {
    if (isProbed || !isDataLoss(error)) throw error;
  }
  return unreadable(why);
}

function raise(why: SyncError): never {
  throw why;
}

function unreadableAsIs(path: string, what: Readable): SyncError | undefined {
  const { applicationId, errors, probe } = what;
  try {
    inspectFile(path, errors, (db) => probe(db, path));
  } catch (error) {
    if (!isDataLoss(error) || existsSync(`${path}-journal`)) throw error;
    return error;
  }
  // Not before it is known that nobody has it open: whoever closes a file that his own process has open gives up its locks.
  return isHeaderSound(path, applicationId) ? undefined : headerDamaged(path, errors);
}
