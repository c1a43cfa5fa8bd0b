import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore } from '../../../src/log/sqlite-store.ts';
import { recordAt } from './record-at.ts';

const headerBytes = 32;
const frameBytes = 24 + 16_384;

/** Bytes of a group's records, or of the only one. */
type Sizes = number | readonly number[];

/**
 * Makes a log of groups of records of these sizes, each group appended and so synced by itself, as a process leaves it that is
 * killed then: with its write-ahead log beside it.
 */
export function makeKilledLog(folder: string, groups: readonly Sizes[]): string {
  const [open, killed] = [join(folder, 'open.log'), join(folder, 'killed.log')];
  const store = openSqliteStore(open);
  for (const sizes of groups.map((group) => [group].flat())) {
    const { head } = store;
    store.append(
      head,
      sizes.map((size, at) => recordAt(head + at + 1, size)),
    );
  }
  for (const end of ['', '-wal']) copyFileSync(open + end, killed + end);
  store.close();
  return killed;
}

/** Where each of the transactions of a sound write-ahead log begins, and where the last one ends. */
export function walParts(wal: Buffer): number[] {
  const parts = [headerBytes];
  for (let at = headerBytes; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.readUInt32BE(at + 4) !== 0) parts.push(at + frameBytes);
  }
  return parts;
}

export function readWal(path: string): Buffer {
  return readFileSync(`${path}-wal`);
}
