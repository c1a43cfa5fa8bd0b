import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteStore, type SqliteStore } from '../../src/log/sqlite-store.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const SQLITE_FULL = 13;
const SQLITE_IOERR_FSYNC = 1034;
const SQLITE_IOERR_READ = 266;
const SQLITE_CORRUPT_VTAB = 267;

const makeFolder = tempFolders();
const openStores: SqliteStore[] = [];
afterEach(() => {
  for (const store of openStores.splice(0)) store.close();
});

/** A store on a file of its own with two records, and the connection below it. */
function openTwoRecords() {
  const path = join(makeFolder(), 'test.log');
  const db = new FaultyConnection(path);
  const store = openSqliteStore(path, () => db);
  openStores.push(store);
  store.append(0, records(1, 2));
  return { path, db, store };
}

/** What a new handle finds after the old one was let go. */
function reopened(path: string): SqliteStore {
  for (const store of openStores.splice(0)) store.close();
  const store = openSqliteStore(path);
  openStores.push(store);
  return store;
}

describe('the SQLite store, where the disk is full', () => {
  it('[I2][I9] says that nothing was appended, and appends once there is room', () => {
    const { path, db, store } = openTwoRecords();
    const big = [new Uint8Array(1 << 20)];
    db.exec('PRAGMA max_page_count = 5');
    expect(thrown(() => store.append(2, big))).toMatchObject({
      code: 8,
      reason: 'LOG_DISK_FULL',
      metadata: { path },
      retryDelayMs: 1_000,
    });
    expect(store.head).toBe(2);
    expect(store.read(0, 2).records).toEqual(records(1, 2));
    db.exec('PRAGMA max_page_count = 1000000');
    expect(store.append(2, big)).toBe(3);
    expect(reopened(path).head).toBe(3);
  });

  it('rolls back where only the commit found no room', () => {
    const { path, db, store } = openTwoRecords();
    db.onExec = (sql, run) => {
      if (sql === 'COMMIT') throw sqliteError(SQLITE_FULL);
      run();
    };
    expect(thrown(() => store.append(2, records(3, 1))).reason).toBe('LOG_DISK_FULL');
    db.onExec = undefined;
    expect(store.append(2, records(3, 1))).toBe(3);
    expect(reopened(path).head).toBe(3);
  });

  it.each<[string, (db: FaultyConnection) => void, number]>([
    [
      'the commit has taken place all the same',
      (db) => {
        db.onExec = (sql, run) => {
          run();
          if (sql === 'COMMIT') throw sqliteError(SQLITE_FULL);
        };
      },
      3,
    ],
    [
      'the rollback fails',
      (db) => {
        db.onExec = (sql, run) => {
          if (sql === 'COMMIT') throw sqliteError(SQLITE_FULL);
          if (sql === 'ROLLBACK') throw sqliteError(SQLITE_IOERR_FSYNC);
          run();
        };
      },
      2,
    ],
    [
      'the transaction stays open',
      (db) => {
        db.onExec = (sql, run) => {
          if (sql !== 'COMMIT') return run();
          db.transactionOpen = true;
          throw sqliteError(SQLITE_FULL);
        };
      },
      2,
    ],
  ])('[I2][I9] calls the outcome unknown where %s', (_, arrange, headAfter) => {
    const { path, db, store } = openTwoRecords();
    arrange(db);
    expect(thrown(() => store.append(2, records(3, 1))).reason).toBe('LOG_OUTCOME_UNKNOWN');
    expect(reopened(path).head).toBe(headAfter);
  });
});

describe('the SQLite store, where an append fails', () => {
  it.each([
    ['before', 2],
    ['after', 3],
  ] as const)(
    '[I2][I9] %s its records are durable: it takes no further append until it is opened again',
    (when, headAfter) => {
      const { path, db, store } = openTwoRecords();
      const cause = sqliteError(SQLITE_IOERR_FSYNC, 'disk I/O error');
      db.onExec = (sql, run) => {
        if (sql !== 'COMMIT') return run();
        if (when === 'after') run();
        throw cause;
      };
      const unknown = thrown(() => store.append(2, records(3, 1)));
      expect(unknown).toMatchObject({
        code: 14,
        reason: 'LOG_OUTCOME_UNKNOWN',
        metadata: { path },
      });
      expect(unknown.cause).toBe(cause);
      expect(unknown.message).toContain('disk I/O error');
      db.onExec = undefined;
      const stopped = { code: 14, reason: 'LOG_STOPPED', metadata: { path } };
      expect(thrown(() => store.append(2, records(3, 1)))).toMatchObject(stopped);
      expect(store.head).toBe(2);
      expect(store.read(0, 2).records).toEqual(records(1, 2));
      expect(reopened(path).head).toBe(headAfter);
    },
  );

  it('takes the file at its word, and not its own memory, for the head', () => {
    const { db, store } = openTwoRecords();
    db.exec('UPDATE meta SET head = 7');
    expect(thrown(() => store.append(2, records(3, 1))).reason).toBe('LOG_OUTCOME_UNKNOWN');
  });
});

describe('the SQLite store, where trimming fails', () => {
  it('[I2] says what the matter is and goes on where nothing was dropped for certain', () => {
    const { path, db, store } = openTwoRecords();
    db.onExec = (sql, run) => {
      if (sql === 'COMMIT') throw sqliteError(SQLITE_FULL);
      run();
    };
    expect(thrown(() => store.trim(1))).toMatchObject({ code: 8, reason: 'LOG_DISK_FULL' });
    db.onExec = undefined;
    expect(store.trimmed).toBe(0);
    expect(store.append(2, records(3, 1))).toBe(3);
    expect(store.trim(1)).toBe(1);
    expect(reopened(path).read(1, 3).records).toEqual(records(2, 2));
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)(
    '[I2][I9] stops where it failed %s the slice was durable, which reopening shows',
    (when, trimmed) => {
      const { path, db, store } = openTwoRecords();
      const cause = sqliteError(SQLITE_IOERR_FSYNC, 'disk I/O error');
      db.onExec = (sql, run) => {
        if (sql !== 'COMMIT') return run();
        if (when === 'after') run();
        // After a failed sync nothing that the connection says can be trusted.
        db.transactionOpen = true;
        throw cause;
      };
      const stopped = { code: 14, reason: 'LOG_STOPPED', metadata: { path } };
      expect(thrown(() => store.trim(1))).toMatchObject({ ...stopped, cause });
      expect(thrown(() => store.trim(1))).toMatchObject(stopped);
      expect(thrown(() => store.append(2, records(3, 1)))).toMatchObject(stopped);
      db.transactionOpen = undefined;
      const again = reopened(path);
      expect([again.trimmed, again.head]).toEqual([trimmed, 2]);
      expect(again.read(trimmed, 2).records).toEqual(records(trimmed + 1, 2 - trimmed));
    },
  );

  it('drops a slice at most, by count and by bytes, whatever is missing among them', () => {
    const { db, store } = openTwoRecords();
    store.append(2, [...records(3, 2_000), new Uint8Array(1 << 20), ...records(2_004, 10)]);
    expect(store.trim(2_010)).toBe(1_000);
    db.exec('DELETE FROM records WHERE position BETWEEN 1500 AND 1510');
    expect(store.trim(2_010)).toBe(2_003);
    expect(store.trim(2_010)).toBe(2_010);
    expect(store.trim(2_010)).toBe(2_010);
  });
});

describe('the SQLite store, where a record is damaged', () => {
  it.each<[string, string, number]>([
    ['has other bytes', "UPDATE records SET bytes = x'00' WHERE position = 5", 5],
    ['has another checksum', 'UPDATE records SET crc = crc + 1 WHERE position = 5', 5],
    ['is missing in the middle', 'DELETE FROM records WHERE position = 5', 5],
    ['is missing at the beginning', 'DELETE FROM records WHERE position = 1', 1],
    ['is missing at the end', 'DELETE FROM records WHERE position = 9', 9],
    [
      'has a checksum that JavaScript cannot hold',
      'UPDATE records SET crc = 1 << 60 WHERE position = 5',
      5,
    ],
    [
      'stands in the place of another',
      `UPDATE records SET (bytes, crc) = (SELECT bytes, crc FROM records WHERE position = 4)
       WHERE position = 5`,
      5,
    ],
  ])('[I9] names it and serves what stands around it: it %s', (_, sql, position) => {
    const { path, db, store } = openTwoRecords();
    store.append(2, records(3, 7));
    db.exec(sql);
    if (position > 1) {
      expect(store.read(0, 9)).toEqual({ first: 1, records: records(1, position - 1) });
    }
    const error = thrown(() => store.read(position - 1, 9));
    expect(error).toMatchObject({ code: 15, reason: 'LOG_CORRUPT' });
    expect(error.metadata).toEqual({ path, position: String(position) });
    if (position < 9) {
      expect(store.read(position, 9).records).toEqual(records(position + 1, 9 - position));
    }
  });

  it('[I9] does not take text for bytes, where a flipped bit has changed the type', () => {
    const { path, db, store } = openTwoRecords();
    db.onRow = (row) => {
      row.bytes = Buffer.from(row.bytes as Uint8Array).toString('latin1');
    };
    expect(thrown(() => store.read(0, 2))).toMatchObject({
      reason: 'LOG_CORRUPT',
      metadata: { path, position: '1' },
    });
  });

  it('tells a malformed page from a disk that cannot be read', () => {
    const { path, db, store } = openTwoRecords();
    const details = { metadata: { path, position: '2' } };
    db.onRow = () => {
      throw sqliteError(SQLITE_CORRUPT_VTAB);
    };
    const corrupt = thrown(() => store.read(1, 2));
    expect(corrupt).toMatchObject({ code: 15, reason: 'LOG_CORRUPT', ...details });
    db.onRow = () => {
      throw sqliteError(SQLITE_IOERR_READ);
    };
    const failed = thrown(() => store.read(1, 2));
    expect(failed).toMatchObject({ code: 14, reason: 'LOG_READ_FAILED', ...details });
    db.onRow = undefined;
    expect(store.read(0, 2).records).toEqual(records(1, 2));
  });
});
