import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isDataLoss, type SyncError } from '../base/errors.ts';
import { moveAside } from './moved-file.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { repairMark } from './sqlite-file.ts';
import { attachThreadSnapshots } from './thread-snapshots.ts';

export interface SqliteSnapshotsOptions {
  /** The file of the snapshots. Its folder must exist; SQLite keeps a second file beside it, the same with `-wal`. */
  readonly path: string;
}

/**
 * Opens or creates the snapshots in an SQLite file, written by a thread of its own, so that neither the caller's event
 * loop nor the log ever waits for them. The file is this process's alone until `close`.
 *
 * Fails with FAILED_PRECONDITION SNAPSHOTS_LOCKED (somebody has the file open), SNAPSHOTS_VERSION (a newer SyncDB wrote
 * it) or SNAPSHOTS_CANNOT_OPEN (no such folder, no permission), DATA_LOSS NOT_SNAPSHOTS or SNAPSHOT_CORRUPT, and
 * RESOURCE_EXHAUSTED SNAPSHOT_DISK_FULL; metadata `path` names the file.
 */
export function openSqliteSnapshots(options: SqliteSnapshotsOptions): Promise<SnapshotStore> {
  const path = resolve(options.path);
  // As for the log: the thread's file stands beside this one, and flags of the process are not for it.
  const file = new URL(`./snapshot-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { name: 'syncdb-snapshots', workerData: path, execArgv: [] });
  return attachThreadSnapshots(worker, path);
}

export interface OpenedSnapshots {
  readonly store: SnapshotStore;
  /** Where a damaged file was moved to, and what is wrong with it. */
  readonly moved?: { readonly to: string; readonly error: SyncError };
}

export interface OpenSnapshotsOptions extends SqliteSnapshotsOptions {
  /** Whether the log does not have everything, so that snapshots are needed: a damaged file stays where it is then. */
  readonly needed?: boolean;
}

/**
 * Opens the snapshots; a damaged file is moved aside and a new one begun, since a database can do without snapshots as
 * long as its log has everything. The damaged file stays, for `repairSnapshots`. Errors as for `openSqliteSnapshots`, also of
 * a damaged file that is needed, or that a repair has not finished with.
 */
export async function openOrReplaceSnapshots({
  needed = false,
  ...options
}: OpenSnapshotsOptions): Promise<OpenedSnapshots> {
  const path = resolve(options.path);
  try {
    return { store: await openSqliteSnapshots(options) };
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    if (needed || existsSync(repairMark(path))) throw error;
    const to = moveAside(path);
    return { store: await openSqliteSnapshots(options), moved: { to, error } };
  }
}
