import type { SnapshotInfo } from '../../../src/log/snapshot-store.ts';
import { openSqliteSnapshotStore } from '../../../src/log/sqlite-snapshot-store.ts';
import { recordAt } from './record-at.ts';

/** A closed file of three snapshots, newest first, each with five blocks. */
export function makeSnapshots(path: string): { path: string; infos: readonly SnapshotInfo[] } {
  const store = openSqliteSnapshotStore(path);
  for (let round = 1; round <= 3; round++) {
    const id = store.begin(round * 100);
    for (const block of snapshotBlocks(round)) store.add(id, block);
    store.complete(id);
  }
  const infos = store.list();
  store.close();
  return { path, infos };
}

/** The blocks of the snapshot with number `id`. */
export function snapshotBlocks(id: number): Uint8Array[] {
  return Array.from({ length: 5 }, (_, index) => recordAt(id * 10 + index, 100 + index * 3_000));
}
