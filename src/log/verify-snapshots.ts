import { existsSync } from 'node:fs';
import { isDataLoss, type SyncError } from '../base/errors.ts';
import { pageProblems } from './inspected-file.ts';
import { inspectReadable, type Readable } from './readable-file.ts';
import { infoOf, listSnapshots, type SnapshotRow, snapshotFormat } from './snapshot-file.ts';
import type { SnapshotInfo } from './snapshot-store.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import { checkFormat, headerProblem, repairMark } from './sqlite-file.ts';
import { readBlocks } from './sqlite-snapshot-store.ts';

/** A complete snapshot, and which of its blocks are damaged. */
export interface SnapshotFinding {
  readonly snapshot: SnapshotInfo;
  readonly goodBlocks: number;
  /** Blocks by their index, from 0 on, and what is wrong with each; nothing where it can be used. */
  readonly damaged: readonly { readonly block: number; readonly problem: string }[];
}

export interface SnapshotsReport {
  readonly path: string;
  /** Complete snapshots, newest first. */
  readonly snapshots: readonly SnapshotFinding[];
  /** Numbers of those that say that they are complete, in a row that is damaged. */
  readonly unsound: readonly number[];
  /** What is wrong with the file and its pages. */
  readonly problems: readonly string[];
}

export interface VerifySnapshotsOptions {
  /** Is given every sound block of every snapshot, in order. */
  readonly onBlock?: (snapshot: SnapshotInfo, bytes: Uint8Array) => void;
}

/**
 * Reads all of the snapshots at `path`, which nobody has open, and says all that is wrong with them. Changes
 * nothing of them. Fails with FAILED_PRECONDITION SNAPSHOTS_LOCKED, SNAPSHOTS_VERSION or SNAPSHOTS_CANNOT_OPEN, and with
 * DATA_LOSS NOT_SNAPSHOTS or SNAPSHOT_CORRUPT where they cannot even be listed, or a write-ahead log is all that is left.
 */
export function verifySnapshots(
  path: string,
  options: VerifySnapshotsOptions = {},
): SnapshotsReport {
  return inspectReadable(path, readableSnapshots, (db, isMended) =>
    inspectSnapshots(db, path, options, isMended),
  );
}

/** Snapshots as far as they can be read at all. */
export const readableSnapshots: Readable = { ...snapshotFormat, probe: formatProblems };

/** Whether nothing was found. */
export function isSound({ snapshots, unsound, problems }: SnapshotsReport): boolean {
  const damaged = snapshots.filter((snapshot) => snapshot.damaged.length > 0);
  return damaged.length + unsound.length + problems.length === 0;
}

/** As `verifySnapshots`, on a connection that `inspectReadable` has made. */
export function inspectSnapshots(
  db: SqlConnection,
  path: string,
  { onBlock = () => undefined }: VerifySnapshotsOptions,
  isMended = false,
): SnapshotsReport {
  const problems = formatProblems(db, path);
  if (isMended) problems.push(headerProblem);
  const rows = [...db.prepare<SnapshotRow>('SELECT * FROM snapshots').iterate()];
  problems.push(...pageProblems(db));
  if (existsSync(repairMark(path))) problems.push('a repair of it was cut short');
  return {
    path,
    snapshots: listSnapshots(db).map((snapshot) => inspectOne(db, path, snapshot, onBlock)),
    unsound: rows.filter((row) => row.complete === 1 && !infoOf(row)).map(({ id }) => id),
    problems,
  };
}

/** Nothing where it is a file of snapshots. Throws where it is not, and has no tables of them either. */
function formatProblems(db: SqlConnection, path: string): string[] {
  try {
    checkFormat(db, path, snapshotFormat);
    return [];
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    if (!hasTables(db)) throw error;
    return ['it does not say that it has snapshots, or not of which format'];
  }
}

function hasTables(db: SqlConnection): boolean {
  try {
    db.prepare('SELECT id, position, block_count, bytes, created_ms, complete, crc FROM snapshots');
    db.prepare('SELECT place, bytes, crc FROM blocks');
    return true;
  } catch {
    return false;
  }
}

function inspectOne(
  db: SqlConnection,
  path: string,
  snapshot: SnapshotInfo,
  onBlock: NonNullable<VerifySnapshotsOptions['onBlock']>,
): SnapshotFinding {
  const { id, blockCount } = snapshot;
  const damaged: { block: number; problem: string }[] = [];
  for (let block = 0; block < blockCount; block++) {
    try {
      const [bytes] = readBlocks(db, path, id, block, block + 1);
      onBlock(snapshot, bytes!);
    } catch (error) {
      damaged.push({ block, problem: (error as SyncError).message });
    }
  }
  return { snapshot, goodBlocks: blockCount - damaged.length, damaged };
}
