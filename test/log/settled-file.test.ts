import { copyFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settleFile } from '../../src/log/settled-file.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { makeKilledLog, readWal } from './support/killed-log.ts';
import { record, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
/** The last is of more than is read and written again at a time. */
const sizes = [10, 20, 3_000_000];

/** Opens a log; `onCheckpoint` runs before what it shows is put on stable storage. */
function open(path: string, onCheckpoint: () => void) {
  return openSqliteStore(path, () => {
    const db = new FaultyConnection(path);
    db.beforeGet = (sql) => {
      if (sql.includes('wal_checkpoint')) onCheckpoint();
    };
    return db;
  });
}

/** Where the device cannot sync: SQLITE_IOERR_FSYNC. */
const cannotSync = () => {
  throw sqliteError(1034, 'disk I/O error');
};

describe('what a log shows that is opened', () => {
  it('[I2] is in its file, and not only in what a cache says of its write-ahead log', () => {
    const path = makeKilledLog(makeFolder(), sizes);
    const store = openSqliteStore(path);
    expect(statSync(`${path}-wal`).size).toBe(0);
    const copy = join(makeFolder(), 'copy.log');
    copyFileSync(path, copy);
    store.close();
    const again = openSqliteStore(copy);
    expect(again.head).toBe(sizes.length);
    expect(again.read(0, 3).records[1]).toEqual(record(2, 20));
    again.close();
  });

  it('[I2] is not shown where it cannot be put there, as often as that is tried, and is once it can', () => {
    const path = makeKilledLog(makeFolder(), sizes);
    // The cache is as before, and a process that closes a file cannot sync it either.
    const kept = join(makeFolder(), 'kept.log');
    for (let round = 0; round < 3; round++) {
      for (const end of ['', '-wal']) copyFileSync(path + end, kept + end);
      expect(thrown(() => open(kept, cannotSync)).reason).toBe('LOG_CANNOT_OPEN');
    }
    const store = openSqliteStore(path);
    expect(store.head).toBe(sizes.length);
    store.close();
  });

  it('[I2] is written again where the disk is full, in its own place, and can be read', () => {
    const path = makeKilledLog(makeFolder(), sizes);
    const wal = readWal(path);
    const store = open(path, () => {
      throw sqliteError(13, 'database or disk is full');
    });
    expect(store.head).toBe(sizes.length);
    expect(readWal(path).equals(wal)).toBe(true);
    store.close();
  });

  it('[I2] is not shown where not even that can be done', () => {
    const path = makeKilledLog(makeFolder(), sizes);
    const full = () => {
      rmSync(`${path}-wal`);
      throw sqliteError(13, 'database or disk is full');
    };
    expect(thrown(() => open(path, full)).reason).toBe('LOG_CANNOT_OPEN');
  });

  it('is settled only by whoever has the file alone', () => {
    const path = makeKilledLog(makeFolder(), sizes);
    const connect = () => {
      const db = new FaultyConnection(path);
      db.onGet = (sql, row) => (sql.includes('wal_checkpoint') ? { busy: 1 } : row);
      return db;
    };
    expect(thrown(() => openSqliteStore(path, connect)).reason).toBe('LOG_LOCKED');
  });

  it('stays as it was where there is nothing to settle', () => {
    const path = join(makeFolder(), 'test.log');
    openSqliteStore(path).close();
    const before = readFileSync(path);
    const db = new FaultyConnection(path);
    settleFile(db, path, () => expect.unreachable());
    db.close();
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
