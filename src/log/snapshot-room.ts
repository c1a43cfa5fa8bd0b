import { statfsSync } from 'node:fs';
import type { SqlConnection } from './sqlite-driver.ts';
import { single } from './sqlite-file.ts';

/**
 * Room that snapshots leave on a disk, in bytes: for the log, which nobody should have to stop writing because of a snapshot,
 * and for the removal of one that found no room.
 */
export const snapshotReserveBytes = 4 << 20;

/** Pages that are given back at a time: what that writes fits into the reserve. */
const giveBackPages = 128;

/** Bytes that are free on the disk of the file at `path`. */
export type FreeBytes = (path: string) => number;

export const freeBytesAt: FreeBytes = (path) => {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
};

/** For whoever has the disk alone: nothing is left for a log, and what is too much the disk itself says. */
export const noReserve: FreeBytes = () => Number.POSITIVE_INFINITY;

/** Free pages of a file can be given back, in steps. To be said before anything is in the file, or before VACUUM. */
export const shrinkable = 'PRAGMA auto_vacuum = INCREMENTAL;';

/** Bytes within a file that nothing is in. */
export function freeBytesWithin(db: SqlConnection): number {
  return count(db, 'freelist_count') * count(db, 'page_size');
}

/** Gives the free pages of a file back to the disk, where it can. The write-ahead log is empty then. */
export function giveBack(db: SqlConnection): void {
  let left = Number.POSITIVE_INFINITY;
  for (let free = count(db, 'freelist_count'); free < left; free = count(db, 'freelist_count')) {
    left = free;
    db.exec(`PRAGMA incremental_vacuum(${giveBackPages})`);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
}

/**
 * Makes a file of which free pages can be given back of one that was made before there were such, by writing all of it anew;
 * where there is no room for that it stays as it is.
 */
export function makeShrinkable(db: SqlConnection, free: number): void {
  const isShrinkable = count(db, 'auto_vacuum') === 2;
  // A copy, and the copy once more in the write-ahead log.
  const bytes = 3 * count(db, 'page_count') * count(db, 'page_size') + snapshotReserveBytes;
  if (isShrinkable || free < bytes) return;
  db.exec(`${shrinkable} VACUUM`);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

function count(db: SqlConnection, pragma: string): number {
  return Number(single(db, `PRAGMA ${pragma}`));
}
