import { crc32 } from 'node:zlib';
import { assert } from '../base/errors.ts';
import {
  notSnapshots,
  snapshotCorrupt,
  snapshotDiskFull,
  snapshotsCannotOpen,
  snapshotsLocked,
  snapshotsVersion,
} from './snapshot-errors.ts';
import { shrinkable } from './snapshot-room.ts';
import type { SnapshotInfo } from './snapshot-store.ts';
import type { SqlConnection } from './sqlite-driver.ts';
import type { FileErrors, FileFormat } from './sqlite-file.ts';

/**
 * A row of `snapshots` is there from the beginning of a snapshot, and counts once it says `complete` and its crc is right
 * (`infoCrc`). A block's place is made of its snapshot and its index, so that the blocks of a snapshot stand together.
 */
const tables = [
  'CREATE TABLE blocks (place INTEGER PRIMARY KEY, bytes BLOB NOT NULL, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE snapshots (id INTEGER PRIMARY KEY, position INTEGER NOT NULL, block_count INTEGER NOT NULL, bytes INTEGER NOT NULL, created_ms INTEGER NOT NULL, complete INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT',
];

/** Blocks of one snapshot. */
export const snapshotBlocksMax = 2 ** 24;

/** Numbers of snapshots; at one each minute they last for a thousand years. */
export const snapshotIdMax = 2 ** 29 - 1;

export interface SnapshotRow {
  readonly id: number;
  readonly position: number;
  readonly block_count: number;
  readonly bytes: number;
  readonly created_ms: number;
  readonly complete: number;
  readonly crc: number;
}

const errors: FileErrors = {
  notOurs: notSnapshots,
  newer: snapshotsVersion,
  locked: snapshotsLocked,
  cannotOpen: snapshotsCannotOpen,
  damaged: (path, problem, cause) => snapshotCorrupt(path, undefined, problem, cause),
  diskFull: snapshotDiskFull,
};

/** The file of snapshots: "SDBS" in its header. What is checked on opening is whether they can be listed. */
export const snapshotFormat: FileFormat<readonly SnapshotInfo[]> = {
  applicationId: 0x53444253,
  versions: [tables],
  errors,
  firstPragma: shrinkable,
  create: nothing,
  // There is no older version yet.
  upgrade: nothing,
  check: (db) => listSnapshots(db),
};

/** The complete ones, newest first. */
export function listSnapshots(db: SqlConnection): SnapshotInfo[] {
  const rows = db.prepare<SnapshotRow>('SELECT * FROM snapshots ORDER BY id DESC').iterate();
  return [...rows].flatMap((row) => infoOf(row) ?? []);
}

/** What a row says, where it is that of a complete snapshot and undamaged. */
export function infoOf(row: SnapshotRow): SnapshotInfo | undefined {
  const { id, position, block_count: blockCount, bytes, created_ms: createdMs } = row;
  const info = { id, position, blockCount, bytes, createdMs };
  return row.complete === 1 && row.crc === infoCrc(info) ? info : undefined;
}

/** Guards the row of a complete snapshot. */
export function infoCrc({ id, position, blockCount, bytes, createdMs }: SnapshotInfo): number {
  return crc32(new Float64Array([id, position, blockCount, bytes, createdMs]));
}

/** Guards one block. Its snapshot and index are in it, so that a sound block in the wrong place is found too. */
export function blockCrc(id: number, index: number, bytes: Uint8Array): number {
  return crc32(bytes, crc32(new Float64Array([id, index])));
}

/** Where block `index` of snapshot `id` stands; the places of a snapshot end where those of the next begin. */
export function placeOf(id: number, index: number): number {
  assert(id <= snapshotIdMax && index < snapshotBlocksMax, `no place for block ${index} of ${id}`);
  return id * snapshotBlocksMax + index;
}

function nothing(): void {}
