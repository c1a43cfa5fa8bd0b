import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  freeBytesAt,
  freeBytesWithin,
  giveBack,
  makeShrinkable,
  snapshotReserveBytes,
} from '../../src/log/snapshot-room.ts';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { single } from '../../src/log/sqlite-file.ts';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { record, thrown } from './support/records.ts';
import { snapshotBlocks } from './support/snapshots.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const makePath = () => join(makeFolder(), 'test.snapshots');
const megabyte = 1 << 20;

/** A file of before free pages could be given back. */
function oldFile(): string {
  const path = makePath();
  copyFileSync(join(import.meta.dirname, '..', 'fixtures', 'snapshots-1.syncdb'), path);
  return path;
}

function open(path: string, free: () => number = () => 1e12) {
  return openSqliteSnapshotStore(path, connectSqlite, free);
}

function take(path: string, blocks: number, free?: () => number) {
  const store = open(path, free);
  try {
    const id = store.begin(1);
    for (let block = 0; block < blocks; block++) store.add(id, record(block, megabyte));
    return store.complete(id);
  } finally {
    store.close();
  }
}

describe('the room on the disk of snapshots', () => {
  it('is what the disk says', () => {
    const path = makePath();
    open(path).close();
    expect(freeBytesAt(path)).toBeGreaterThan(0);
  });

  it('is looked for before a snapshot is begun: about what the last one took, and the reserve', () => {
    const path = makePath();
    take(path, 8);
    const wanted = 8 * megabyte + snapshotReserveBytes;
    const full = { code: 8, reason: 'SNAPSHOT_DISK_FULL', metadata: { path } };
    expect(thrown(() => take(path, 8, () => wanted - 2 * megabyte))).toMatchObject(full);
    take(path, 8, () => wanted);
    const store = open(path, () => snapshotReserveBytes + megabyte);
    expect(thrown(() => store.begin(3))).toMatchObject(full);
    // What is free within the file counts.
    store.keep([store.list()[0]!.id]);
    expect(store.begin(3)).toBe(3);
    store.close();
  });

  it('is left for the log: a snapshot that comes to the reserve gives all back that it took', () => {
    const path = makePath();
    const kept = take(path, 3);
    const bytes = statSync(path).size;
    let free = 50 * megabyte;
    const store = open(path, () => free);
    const id = store.begin(2);
    for (let block = 0; block < 20; block++) store.add(id, record(block, megabyte));
    expect(statSync(path).size + statSync(`${path}-wal`).size).toBeGreaterThan(
      bytes + 20 * megabyte,
    );
    free = snapshotReserveBytes;
    expect(thrown(() => store.add(id, record(1, 10))).reason).toBe('SNAPSHOT_DISK_FULL');
    expect(statSync(path).size).toBeLessThanOrEqual(bytes);
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(store.list()).toEqual([kept]);
    free = 50 * megabyte;
    expect(store.begin(3)).toBe(id + 1);
    store.close();
  });

  it('is given back by files of before that was possible once they were written anew, where there is room for it', () => {
    const path = oldFile();
    const db = connectSqlite(path);
    const vacuum = () => single(db, 'PRAGMA auto_vacuum');
    makeShrinkable(db, snapshotReserveBytes);
    expect(vacuum()).toBe(0);
    db.exec(
      'INSERT INTO blocks VALUES (0, zeroblob(1000000), 0); DELETE FROM blocks WHERE place = 0',
    );
    expect(freeBytesWithin(db)).toBeGreaterThan(900_000);
    giveBack(db);
    expect(freeBytesWithin(db)).toBeGreaterThan(900_000);
    makeShrinkable(db, 1e9);
    expect(vacuum()).toBe(2);
    db.close();
    const store = open(path);
    const id = store.begin(400);
    store.add(id, record(1));
    store.complete(id);
    expect(store.list().map((info) => info.id)).toEqual([4, 3, 2, 1]);
    for (const one of [1, 2, 3]) expect(store.read(one, 0, 5)).toEqual(snapshotBlocks(one));
    store.close();
  });

  it('is made such before the next snapshot is begun', () => {
    const path = oldFile();
    take(path, 1);
    const db = connectSqlite(path);
    expect(single(db, 'PRAGMA auto_vacuum')).toBe(2);
    db.close();
  });
});
