import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { snapshotIdMax } from '../../src/log/snapshot-file.ts';
import {
  openSqliteSnapshotStore,
  type SqliteSnapshotStore,
} from '../../src/log/sqlite-snapshot-store.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { record, records, thrown } from './support/records.ts';
import { snapshotBlocks } from './support/snapshots.ts';
import { tempFolders } from './support/temp-folder.ts';

const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_IOERR_FSYNC = 1034;
const SQLITE_IOERR_READ = 266;

const makeFolder = tempFolders();
const openStores: SqliteSnapshotStore[] = [];
afterEach(() => {
  for (const store of openStores.splice(0)) store.close();
});

function take(store: SqliteSnapshotStore, position: number, blocks: readonly Uint8Array[]) {
  const id = store.begin(position);
  for (const block of blocks) store.add(id, block);
  return store.complete(id);
}

/** A store on a file of its own with a snapshot of nine blocks, and the connection below it. */
function openOne() {
  const path = join(makeFolder(), 'test.snapshots');
  const db = new FaultyConnection(path);
  const store = openSqliteSnapshotStore(path, () => db);
  openStores.push(store);
  return { path, db, store, info: take(store, 5, records(1, 9)) };
}

/** What a new handle finds after the old one was let go. */
function reopened(path: string): SqliteSnapshotStore {
  for (const store of openStores.splice(0)) store.close();
  const store = openSqliteSnapshotStore(path);
  openStores.push(store);
  return store;
}

const failCommit = (db: FaultyConnection, code: number) => {
  db.onExec = (sql, run) => {
    if (sql === 'COMMIT') throw sqliteError(code);
    run();
  };
};

describe('the file of snapshots', () => {
  it('is set up as the log is, and goes without a sync only while a block is added', () => {
    const { db, store } = openOne();
    const settingOf = (name: string) =>
      Object.values(db.prepare<Record<string, unknown>>(`PRAGMA ${name}`).get()!)[0];
    expect(['page_size', 'locking_mode', 'journal_mode', 'synchronous'].map(settingOf)).toEqual([
      ...[16_384, 'exclusive', 'wal', 2],
    ]);
    const levels: unknown[] = [];
    db.onExec = (sql, run) => {
      if (sql === 'COMMIT') levels.push(settingOf('synchronous'));
      run();
    };
    take(store, 6, [record(1)]);
    expect(levels).toEqual([2, 2, 1, 2]);
  });
});

describe('snapshots of each format that ever was', () => {
  it('1: are read as they were written', () => {
    const path = join(makeFolder(), 'test.snapshots');
    copyFileSync(join(import.meta.dirname, '..', 'fixtures', 'snapshots-1.syncdb'), path);
    const store = reopened(path);
    expect(store.list().map(({ id, position }) => [id, position])).toEqual([
      ...[
        [3, 300],
        [2, 200],
        [1, 100],
      ],
    ]);
    for (const id of [1, 2, 3]) expect(store.read(id, 0, 5)).toEqual(snapshotBlocks(id));
  });
});

describe('a snapshot that cannot be written', () => {
  it('[I9] is given up where the disk is full, and the next is taken once there is room', () => {
    const { path, db, store, info } = openOne();
    const id = store.begin(6);
    store.add(id, record(1));
    db.exec('PRAGMA max_page_count = 6');
    const full = { code: 8, reason: 'SNAPSHOT_DISK_FULL', metadata: { path } };
    expect(thrown(() => store.add(id, new Uint8Array(1 << 20)))).toMatchObject(full);
    // Those behind it hear the same, and nothing is complete with a gap.
    expect(thrown(() => store.add(id, record(2)))).toMatchObject(full);
    expect(thrown(() => store.complete(id))).toMatchObject(full);
    store.abandon(id);
    expect(store.list()).toEqual([info]);
    db.exec('PRAGMA max_page_count = 1000000');
    const next = take(store, 7, records(3, 2));
    expect(store.list()).toEqual([next, info]);
    expect(reopened(path).read(next.id, 0, 2)).toEqual(records(3, 2));
  });

  it.each(['begin', 'add', 'complete', 'abandon', 'keep'] as const)(
    '[I9] stops the store where the disk fails in %s; what is there can be read',
    (call) => {
      const { path, db, store, info } = openOne();
      const id = call === 'begin' || call === 'keep' ? 0 : store.begin(6);
      failCommit(db, SQLITE_IOERR_FSYNC);
      const calls = {
        begin: () => store.begin(6),
        add: () => store.add(id, record(1)),
        complete: () => store.complete(id),
        abandon: () => store.abandon(id),
        keep: () => store.keep([]),
      };
      const stopped = { code: 14, reason: 'SNAPSHOTS_STOPPED', metadata: { path } };
      expect(thrown(calls[call])).toMatchObject(stopped);
      db.onExec = undefined;
      expect(thrown(() => store.begin(7))).toMatchObject(stopped);
      expect(store.read(info.id, 0, 9)).toEqual(records(1, 9));
      expect(reopened(path).list()).toEqual([info]);
    },
  );

  it('[I9] stops where it cannot be rolled back, or not be told to sync', () => {
    for (const statement of ['ROLLBACK', 'PRAGMA synchronous = FULL']) {
      const { db, store } = openOne();
      const id = store.begin(6);
      db.onExec = (sql, run) => {
        if (sql === statement || sql === 'COMMIT') throw sqliteError(SQLITE_FULL);
        run();
      };
      expect(thrown(() => store.add(id, record(1))).reason).toBe('SNAPSHOTS_STOPPED');
      db.onExec = undefined;
      expect(thrown(() => store.begin(6)).reason).toBe('SNAPSHOTS_STOPPED');
    }
  });

  it('[I9] says so where pages are malformed, or what must be free is not', () => {
    const { db, store } = openOne();
    failCommit(db, SQLITE_CORRUPT);
    const corrupt = { code: 15, reason: 'SNAPSHOT_CORRUPT' };
    expect(thrown(() => store.begin(6))).toMatchObject(corrupt);
    db.onExec = undefined;
    const id = store.begin(6);
    db.exec(`INSERT INTO blocks VALUES (${id * 2 ** 24}, x'00', 0)`);
    expect(thrown(() => store.add(id, record(1)))).toMatchObject(corrupt);
  });
});

describe('the numbers of snapshots', () => {
  it('run out at the last one, and then nothing is begun and nothing is lost', () => {
    const { db, store, info } = openOne();
    db.exec(`INSERT INTO blocks VALUES (${(snapshotIdMax - 1) * 2 ** 24}, x'00', 0)`);
    const last = take(store, 6, []);
    expect(last.id).toBe(snapshotIdMax);
    expect(thrown(() => store.begin(7)).reason).toBe('ASSERTION_FAILED');
    expect(store.list()).toEqual([last, info]);
  });
});

describe('what a former process left', () => {
  it('[I9] is removed by the next snapshot: rows without end, unsound rows, and blocks without a row', () => {
    const { path, db, store, info } = openOne();
    const second = take(store, 6, records(10, 3));
    store.add(store.begin(7), record(1));
    db.exec(`UPDATE snapshots SET position = 8 WHERE id = ${second.id}`);
    db.exec(`INSERT INTO blocks VALUES (${40 * 2 ** 24}, x'00', 0)`);
    const again = reopened(path);
    expect(again.list()).toEqual([info]);
    const next = take(again, 9, records(20, 2));
    expect(next.id).toBe(41);
    expect(again.list()).toEqual([next, info]);
    again.close();
    openStores.pop();
    const rest = new FaultyConnection(path);
    const count = 'SELECT (SELECT count(*) FROM blocks) AS blocks, count(*) AS rows FROM snapshots';
    expect(rest.prepare(count).get()).toEqual({ blocks: 11, rows: 2 });
    rest.close();
  });
});

describe('a snapshot of which a block is damaged', () => {
  const at = (index: number) => `place = 1 * 16777216 + ${index}`;
  it.each<[string, string, number]>([
    ['has other bytes', `UPDATE blocks SET bytes = x'00' WHERE ${at(4)}`, 4],
    ['has another checksum', `UPDATE blocks SET crc = crc + 1 WHERE ${at(4)}`, 4],
    ['has a checksum that cannot be', `UPDATE blocks SET crc = 1 << 60 WHERE ${at(4)}`, 4],
    ['is missing in the middle', `DELETE FROM blocks WHERE ${at(4)}`, 4],
    ['is missing at the beginning', `DELETE FROM blocks WHERE ${at(0)}`, 0],
    ['is missing at the end', `DELETE FROM blocks WHERE ${at(8)}`, 8],
    [
      'stands in the place of another',
      `UPDATE blocks SET (bytes, crc) = (SELECT bytes, crc FROM blocks WHERE ${at(3)}) WHERE ${at(4)}`,
      4,
    ],
  ])('[I9] names it after what stands before it: it %s', (_, sql, index) => {
    const { path, db, store, info } = openOne();
    db.exec(sql);
    if (index > 0) expect(store.read(info.id, 0, 9)).toEqual(records(1, index));
    const error = thrown(() => store.read(info.id, index, 9));
    expect(error).toMatchObject({ code: 15, reason: 'SNAPSHOT_CORRUPT' });
    expect(error.metadata).toEqual({ path, snapshot: '1', block: String(index) });
  });

  it('[I9] does not take text for bytes, where a flipped bit has changed the type', () => {
    const { db, store, info } = openOne();
    db.onRow = (row) => {
      row.bytes = Buffer.from(row.bytes as Uint8Array).toString('latin1');
    };
    expect(thrown(() => store.read(info.id, 0, 9)).reason).toBe('SNAPSHOT_CORRUPT');
  });

  it('tells a malformed page from a disk that cannot be read, in lists too', () => {
    const { path, db, store, info } = openOne();
    for (const [code, expected] of [
      [SQLITE_CORRUPT, { code: 15, reason: 'SNAPSHOT_CORRUPT' }],
      [SQLITE_IOERR_READ, { code: 14, reason: 'SNAPSHOTS_STOPPED', metadata: { path } }],
    ] as const) {
      db.onRow = () => {
        throw sqliteError(code);
      };
      expect(thrown(() => store.read(info.id, 0, 9))).toMatchObject(expected);
      expect(thrown(() => store.list())).toMatchObject(expected);
    }
    db.onRow = undefined;
    expect(store.read(info.id, 0, 9)).toEqual(records(1, 9));
  });
});
