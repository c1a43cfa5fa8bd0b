import { closeSync, constants, copyFileSync, openSync, readSync, writeSync } from 'node:fs';
import { sizeOf } from './file-size.ts';
import { inspectFile } from './inspected-file.ts';
import { removeMade } from './made-file.ts';
import { type SqlConnection, walPath } from './sqlite-driver.ts';
import { type FileErrors, openError } from './sqlite-file.ts';

const headerBytes = 100;
const pageBytes = 16_384;

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

/** What every file has that this program makes: SQLite's file format, section 1.3. The rest is left as it is. */
function mendHeader(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const header = Buffer.alloc(headerBytes);
    readSync(file, header, 0, headerBytes, 0);
    header.write('SQLite format 3\0', 'latin1');
    header.writeUInt16BE(pageBytes, 16);
    // A write-ahead log to write and to read; no bytes at a page's end; the fractions of a payload.
    header.set([2, 2, 0, 64, 32, 32], 18);
    // The size counts where the two change counters are the same.
    header.writeUInt32BE(Math.floor(sizeOf(path) / pageBytes), 28);
    header.copy(header, 92, 24, 28);
    // The format of the tables, and UTF-8.
    header.writeUInt32BE(4, 44);
    header.writeUInt32BE(1, 56);
    header.fill(0, 72, 92);
    writeSync(file, header, 0, headerBytes, 0);
  } finally {
    closeSync(file);
  }
}
