import { isDataLoss, type SyncError } from '../base/errors.ts';
import type { SqlConnection } from '../log/sqlite-driver.ts';
import { inspectLog, type LogFinding, type LogReport, verifyLog } from '../log/verify-log.ts';
import { PendingWrites } from '../replica/pending-writes.ts';
import { storageDamaged } from './storage-errors.ts';

/** What could be read of one journal. */
export interface SalvagedJournal {
  readonly writes: PendingWrites;
  /** Its id and how many records it has or had, as far as its file says. */
  readonly log: { readonly id: Uint8Array; readonly head: number } | undefined;
  /** What could not be read: DATA_LOSS STORAGE_DAMAGED. */
  readonly damage: readonly SyncError[];
}

/**
 * Reads a journal that nobody has open, also behind damage, and writes nothing to it. Fails with FAILED_PRECONDITION
 * LOG_LOCKED, LOG_VERSION or LOG_CANNOT_OPEN, and with DATA_LOSS NOT_A_LOG or LOG_CORRUPT where nothing can be read.
 */
export function salvageJournal(path: string): SalvagedJournal {
  const writes = new PendingWrites();
  let next = 1;
  const check = (position: number, bytes: Uint8Array) => {
    if (position > next) writes.skip();
    next = position + 1;
    return problemOf(writes, bytes);
  };
  const report = verifyLog(path, { check });
  return { writes, log: report.meta, damage: damageIn(report) };
}

/** The newest record of the log that `db` has open, where it is sound; and what is wrong with the log. */
export function salvageNewest(
  db: SqlConnection,
  path: string,
): { readonly newest: Uint8Array | undefined; readonly damage: readonly SyncError[] } {
  let newest: { readonly position: number; readonly bytes: Uint8Array } | undefined;
  const check = (position: number, bytes: Uint8Array) => {
    newest = { position, bytes };
    return undefined;
  };
  const report = inspectLog(db, path, { check });
  const isNewest = newest?.position === (report.meta?.head ?? report.upto);
  return { newest: isNewest ? newest?.bytes : undefined, damage: damageIn(report) };
}

function problemOf(writes: PendingWrites, bytes: Uint8Array): string | undefined {
  try {
    writes.apply(bytes);
    return undefined;
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    writes.skip();
    return error.message;
  }
}

function damageIn({ path, findings }: LogReport): SyncError[] {
  return findings.map(({ first, last, problem }: LogFinding) => {
    const isOpen = last === Number.POSITIVE_INFINITY;
    const others = isOpen ? ', and so is all behind it' : `, and so on up to record ${last}`;
    const also = first === last ? '' : others;
    return storageDamaged(path, first, `${problem}${also}`);
  });
}
