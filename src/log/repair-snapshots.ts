import {
  beginExchange,
  type Exchange,
  exchangeForRepaired,
  finishExchange,
} from './exchanged-file.ts';
import { removeMade, settleMade } from './made-file.ts';
import { inspectReadable } from './readable-file.ts';
import { snapshotFormat } from './snapshot-file.ts';
import { noReserve } from './snapshot-room.ts';
import type { SnapshotInfo } from './snapshot-store.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { openError } from './sqlite-file.ts';
import { openSqliteSnapshotStore, readBlocks } from './sqlite-snapshot-store.ts';
import {
  inspectSnapshots,
  isSound,
  readableSnapshots,
  type SnapshotsReport,
  type VerifySnapshotsOptions,
} from './verify-snapshots.ts';

export interface SnapshotsRepair {
  /** What was wrong. Where that is nothing, and all are of use, nothing was done. */
  readonly report: SnapshotsReport;
  /** The damaged file, as it was. */
  readonly keptAs?: string;
  /** Snapshots that are whole and of use, newest first; the repaired file has them and no others, under new numbers. */
  readonly kept: readonly SnapshotInfo[];
}

export interface RepairSnapshotsOptions extends VerifySnapshotsOptions {
  /** Whether a snapshot that is whole is of any use; all are where it is left out. The others are in the kept file alone. */
  readonly isUsable?: (snapshot: SnapshotInfo) => boolean;
  /** Says it in words: they are kept with the exchange, and given to `say` by whoever finishes that. */
  readonly describe?: (report: SnapshotsReport, keptAs: string) => string;
  readonly say?: (said: string) => void;
}

/**
 * Puts in place of damaged snapshots a new file with those that are whole, and keeps the damaged file under another name.
 * Where a process ends in between they are as they were, or refuse to be opened until this is called again. Errors as for
 * `verifySnapshots`, and RESOURCE_EXHAUSTED SNAPSHOT_DISK_FULL.
 */
export function repairSnapshots(
  path: string,
  { describe = () => '', say, isUsable = () => true, ...options }: RepairSnapshotsOptions = {},
): SnapshotsRepair {
  finishExchange(path, say);
  const repair = inspectReadable(path, readableSnapshots, (db, isMended) => {
    const report = inspectSnapshots(db, path, options, isMended);
    const whole = report.snapshots.filter(({ damaged }) => damaged.length === 0);
    const kept = whole.map(({ snapshot }) => snapshot).filter(isUsable);
    if (isSound(report) && kept.length === whole.length) return { report, kept };
    const exchange = exchangeForRepaired(path);
    const { keptAs } = exchange;
    makeCopy(db, exchange, kept, () => beginExchange(path, [exchange], describe(report, keptAs)));
    return { report, kept, keptAs };
  });
  finishExchange(path, say);
  return repair;
}

/** Makes the file with `kept`, and has it count; where either fails there is nothing of it. */
function makeCopy(
  db: SqlConnection,
  { path, made }: Exchange,
  kept: readonly SnapshotInfo[],
  begin: () => void,
): void {
  const { errors } = snapshotFormat;
  // Of a repair that ended before it counted.
  removeMade(made, errors);
  try {
    copy(db, path, made, kept);
    settleMade(made, errors);
    begin();
  } catch (error) {
    removeMade(made, errors);
    throw openError(path, errors, error);
  }
}

function copy(
  db: SqlConnection,
  path: string,
  repaired: string,
  kept: readonly SnapshotInfo[],
): void {
  const store = openSqliteSnapshotStore(repaired, undefined, noReserve);
  try {
    for (const { id, position, blockCount, createdMs } of kept.toReversed()) {
      const copyId = store.begin(position);
      for (let block = 0; block < blockCount; ) {
        for (const bytes of readBlocks(db, path, id, block, blockCount)) {
          store.add(copyId, bytes);
          block++;
        }
      }
      store.complete(copyId, createdMs);
    }
  } finally {
    store.close();
  }
}
