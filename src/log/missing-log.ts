import { existsSync } from 'node:fs';
import { isDataLoss } from '../base/errors.ts';
import { sizeOf } from './file-size.ts';
import { inspectFile } from './inspected-file.ts';
import { logMissing } from './log-errors.ts';
import { listSnapshots, snapshotFormat } from './snapshot-file.ts';
import { checkFormat, isWalLeft, repairMark } from './sqlite-file.ts';

/**
 * To be called before a log is opened or made. DATA_LOSS LOG_MISSING where the file is empty or not there and snapshots stand
 * beside it: a new log in its place would be served empty, and its snapshots take the place of those of the real one. Else
 * errors as for `openSqliteSnapshots`. Changes nothing.
 */
export function checkLogThere(log: string, snapshots: string): void {
  // An exchange that was cut short has it elsewhere: whoever opens it says so.
  if (existsSync(repairMark(log)) || sizeOf(log) > 0) return;
  if (hasSnapshots(snapshots)) throw logMissing(log, snapshots);
}

/** A file that is damaged may have some, and so may a write-ahead log that is left of one. */
function hasSnapshots(path: string): boolean {
  if (sizeOf(path) === 0) return isWalLeft(path);
  try {
    return inspectFile(path, snapshotFormat.errors, (db) => {
      checkFormat(db, path, snapshotFormat);
      return listSnapshots(db).length > 0;
    });
  } catch (error) {
    if (isDataLoss(error)) return true;
    throw error;
  }
}
