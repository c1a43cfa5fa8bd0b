import { Code, SyncError } from '../base/errors.ts';

export function snapshotsClosed(): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'SNAPSHOTS_CLOSED',
    'the store of the snapshots is closed',
  );
}

/** UNAVAILABLE: the medium failed; whether what was asked for took place shows when the store is opened again. */
export function snapshotsStopped(path: string, cause?: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'SNAPSHOTS_STOPPED',
    `${path}: the snapshots stopped after a failure${because(cause)} and must be opened again`,
    { metadata: { path }, cause },
  );
}

/** RESOURCE_EXHAUSTED: the snapshot under way is given up, and those before it stay. */
export function snapshotDiskFull(path: string, cause: unknown): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'SNAPSHOT_DISK_FULL',
    `${path}: there is no room on the disk for a snapshot`,
    { metadata: { path }, cause },
  );
}

/** The part of a snapshot that is damaged; without one it is the file. */
export interface DamagedBlock {
  readonly snapshot: number;
  readonly block: number;
}

export function snapshotCorrupt(
  path: string,
  at: DamagedBlock | undefined,
  problem: string,
  cause?: unknown,
): SyncError {
  const where = at === undefined ? path : `${path}: block ${at.block} of snapshot ${at.snapshot}`;
  const metadata = { path, ...(at && { snapshot: `${at.snapshot}`, block: `${at.block}` }) };
  return new SyncError(Code.dataLoss, 'SNAPSHOT_CORRUPT', `${where} is damaged: ${problem}`, {
    metadata,
    cause,
  });
}

export function notSnapshots(path: string, cause?: unknown): SyncError {
  return new SyncError(
    Code.dataLoss,
    'NOT_SNAPSHOTS',
    `${path} is not a file of SyncDB snapshots`,
    { metadata: { path }, cause },
  );
}

export function snapshotsVersion(path: string, found: number, known: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'SNAPSHOTS_VERSION',
    `${path} has snapshot format ${found}, and this SyncDB knows formats up to ${known}: run a newer one`,
    { metadata: { path, found: String(found), known: String(known) } },
  );
}

export function snapshotsLocked(path: string, cause: unknown): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'SNAPSHOTS_LOCKED',
    `${path} is in use by another process, or opened twice by this one`,
    { metadata: { path }, cause },
  );
}

/** FAILED_PRECONDITION: a missing folder, no permission, a read-only or failing disk. */
export function snapshotsCannotOpen(path: string, cause: unknown): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'SNAPSHOTS_CANNOT_OPEN',
    `${path} cannot be opened${because(cause)}`,
    { metadata: { path }, cause },
  );
}

function because(cause: unknown): string {
  return cause instanceof Error ? ` (${cause.message})` : '';
}
