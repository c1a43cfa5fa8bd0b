import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { sizeOf } from './file-size.ts';
import { inspectFile } from './inspected-file.ts';
import { pageBytes, walPath } from './sqlite-driver.ts';
import { checkNotLeft, type FileErrors } from './sqlite-file.ts';
import { findWalDamage, type WalReader } from './wal-check.ts';

/** Bytes that are read at a time: more than any frame has. */
const windowBytes = 1 << 20;

/**
 * To be called before SQLite opens a file each commit of which was synced, since SQLite would silently leave out, and then
 * remove, what its write-ahead log has behind a damage. Throws `damaged` of that log, and changes nothing; `locked` where
 * somebody has the file open.
 */
export function checkWal(path: string, errors: FileErrors): void {
  checkNotLeft(path, errors);
  if (walProblem(path) === undefined) return;
  // Of a log that is being written the same may be seen: nobody writes it while the lock is held.
  const problem = inspectFile(path, errors, () => walProblem(path));
  if (problem !== undefined) throw errors.damaged(walPath(path), problem);
}

/**
 * What is wrong with the write-ahead log beside a file that nobody has open; nothing where it is sound or not there, and
 * where only its last group of records is concerned, of which nobody can tell whether it ever was whole.
 */
export function walProblem(path: string): string | undefined {
  const wal = walPath(path);
  if (sizeOf(wal) === 0) return undefined;
  const file = openSync(wal, 'r');
  try {
    const damage = findWalDamage(windowOn(file), fstatSync(file).size, pageBytes);
    if (damage === undefined) return undefined;
    const where = damage.frame === undefined ? 'its header' : `frame ${damage.frame} of it`;
    const { transactions: groups } = damage;
    const lost = groups > 1 ? `${groups} groups of records` : 'a group of records';
    return `${where} is not what was written, so ${lost} from there on cannot be read`;
  } finally {
    closeSync(file);
  }
}

/** Reads ahead, since a log is looked through from its beginning. */
function windowOn(file: number): WalReader {
  const window = new Uint8Array(windowBytes);
  let first = 0;
  let end = 0;
  return (offset, length) => {
    if (offset < first || offset + length > end) {
      first = offset;
      end = offset + readSync(file, window, 0, windowBytes, offset);
      // Where somebody cuts it meanwhile there is nothing.
      window.fill(0, end - first);
    }
    return window.subarray(offset - first, offset - first + length);
  };
}
