import { constants, copyFileSync } from 'node:fs';
import { mendHeader } from './file-header.ts';
import { sizeOf } from './file-size.ts';
import { inspectFile } from './inspected-file.ts';
import { removeMade } from './made-file.ts';
import { type SqlConnection, walPath } from './sqlite-driver.ts';
import { type FileErrors, openError } from './sqlite-file.ts';

/**
 * Looks into a copy of a file whose header is as that of all files of SyncDB, for one that SQLite does not open since some bit
 * there is another; the copy goes again. The file stays as it is. Throws as `inspectFile` does, and `diskFull` where there
 * is no room for the copy.
 */
export function inspectMended<T>(
  path: string,
  errors: FileErrors,
  use: (db: SqlConnection) => T,
): T {
  const copy = `${path}.mending`;
  removeMade(copy, errors);
  try {
    copyFileSync(path, copy, constants.COPYFILE_FICLONE);
    if (sizeOf(walPath(path)) > 0)
      copyFileSync(walPath(path), walPath(copy), constants.COPYFILE_FICLONE);
    mendHeader(copy);
    return inspectFile(copy, errors, use);
  } catch (error) {
    throw openError(path, errors, error);
  } finally {
    removeMade(copy, errors);
  }
}
