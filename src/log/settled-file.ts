import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import type { SyncError } from '../base/errors.ts';
import { ResultCode, resultCode, type SqlConnection, walPath } from './sqlite-driver.ts';

/** Bytes that are read and written again at a time. */
const chunkBytes = 1 << 20;

/**
 * Puts all that a file shows on stable storage; nobody else has it open. Behind a sync that failed the operating system may
 * give out of its cache what the disk never got, and say of the next sync that all is well. So another sync proves nothing:
 * what the write-ahead log has is written anew, into the file, or where there is no room for that in its own place.
 *
 * Fails with what SQLite or the operating system says, and with `locked` where the file is not ours alone.
 */
export function settleFile(db: SqlConnection, path: string, locked: () => SyncError): void {
  try {
    const checkpoint = db.prepare<{ readonly busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
    if (checkpoint.get()!.busy !== 0) throw locked();
  } catch (error) {
    // On a full disk the file is opened all the same, to be read.
    if (resultCode(error) !== ResultCode.full) throw error;
    rewriteInPlace(walPath(path));
  }
}

/** The same bytes in the same place, so that a process that ends in between changes nothing. */
function rewriteInPlace(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const chunk = new Uint8Array(chunkBytes);
    for (let offset = 0, count: number; ; offset += count) {
      count = readSync(file, chunk, 0, chunkBytes, offset);
      if (count === 0) break;
      for (let done = 0; done < count; )
        done += writeSync(file, chunk, done, count - done, offset + done);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
