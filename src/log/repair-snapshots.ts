import { rmSync } from 'node:fs';
import { beginExchange, finishExchange, repairedName } from './exchanged-file.ts';
import { inspectFile } from './inspected-file.ts';
import { snapshotFormat } from './snapshot-file.ts';
import type { SnapshotInfo } from './snapshot-store.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { openError } from './sqlite-file.ts';
import { openSqliteSnapshotStore, readBlocks } from './sqlite-snapshot-store.ts';
import { inspectSnapshots, type SnapshotsReport } from './verify-snapshots.ts';

export interface SnapshotsRepair {
  /** What was wrong. Where that is nothing, nothing was done. */
  readonly report: SnapshotsReport;
  /** The damaged file, as it was. */
  readonly keptAs?: string;
  /** Snapshots that are whole, newest first; the repaired file has them and no others, under new numbers. */
  readonly kept: readonly SnapshotInfo[];
}

/**
 * Puts in place of damaged snapshots a new file with those that are whole, and keeps the damaged file under another name.
 * Where a process ends in between they are as they were, or refuse to be opened until this is called again. Errors as for
 * `verifySnapshots`, and RESOURCE_EXHAUSTED SNAPSHOT_DISK_FULL.
 */
export function repairSnapshots(path: string): SnapshotsRepair {
  const finished = finishExchange(path);
  const repair = inspectFile(path, snapshotFormat.errors, (db) => {
    const report = inspectSnapshots(db, path);
    const whole = report.snapshots.filter(({ damaged }) => damaged.length === 0);
    const kept = whole.map(({ snapshot }) => snapshot);
    const { snapshots, unsound, problems } = report;
    if (kept.length < snapshots.length || unsound.length + problems.length > 0)
      prepare(db, path, kept);
    return { report, kept };
  });
  const keptAs = finishExchange(path) ?? finished;
  return keptAs === undefined ? repair : { ...repair, keptAs };
}

function prepare(db: SqlConnection, path: string, kept: readonly SnapshotInfo[]): void {
  const repaired = repairedName(path);
  const remove = () => {
    for (const end of ['', '-wal', '-journal']) rmSync(repaired + end, { force: true });
  };
  // Of a repair that ended before it counted.
  remove();
  try {
    copy(db, path, repaired, kept);
    beginExchange(path);
  } catch (error) {
    remove();
    throw openError(path, snapshotFormat.errors, error);
  }
}

function copy(
  db: SqlConnection,
  path: string,
  repaired: string,
  kept: readonly SnapshotInfo[],
): void {
  const store = openSqliteSnapshotStore(repaired);
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
