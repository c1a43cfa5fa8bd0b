import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const makePath = () => join(makeFolder(), 'test.log');

/** A closed log of three records, with `sql` done to its file. */
function makeLog(sql = ''): string {
  const path = makePath();
  const store = openSqliteStore(path);
  store.append(0, records(1, 3));
  store.close();
  const db = connectSqlite(path);
  db.exec(sql);
  db.close();
  return path;
}

function valuesOf(path: string, pragmas: readonly string[]): unknown[] {
  const db = new FaultyConnection(path);
  const store = openSqliteStore(path, () => db);
  const values = pragmas.map(
    (name) => Object.values(db.prepare<Record<string, unknown>>(`PRAGMA ${name}`).get() ?? {})[0],
  );
  store.close();
  return values;
}

describe('the file of a log', () => {
  it('is set up as the durability of the log needs it, when made and when opened again', () => {
    const path = makePath();
    const settings = {
      page_size: 16_384,
      locking_mode: 'exclusive',
      journal_mode: 'wal',
      synchronous: 2,
      wal_autocheckpoint: 1_000,
      journal_size_limit: 64 << 20,
      fullfsync: 1,
      checkpoint_fullfsync: 1,
    };
    expect(valuesOf(path, Object.keys(settings))).toEqual(Object.values(settings));
    expect(valuesOf(path, Object.keys(settings))).toEqual(Object.values(settings));
  });

  it('begins with a magic and a format version that tools can see', () => {
    const bytes = readFileSync(makeLog());
    expect(bytes.toString('latin1', 0, 15)).toBe('SQLite format 3');
    expect(bytes.toString('latin1', 68, 72)).toBe('SDBL');
    expect(bytes.readUInt32BE(60)).toBe(2);
  });

  it('may be there already, but empty', () => {
    const path = makePath();
    writeFileSync(path, '');
    const store = openSqliteStore(path);
    expect(store.head).toBe(0);
    store.close();
  });

  it('is not written to by an open and a close', () => {
    const path = makeLog();
    const before = readFileSync(path);
    openSqliteStore(path).close();
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('opening refuses, and names the file, where it', () => {
  it.each<[string, () => string, object]>([
    [
      'is no SQLite file',
      () => {
        const path = makePath();
        writeFileSync(path, 'Dear diary, '.repeat(100));
        return path;
      },
      { code: 15, reason: 'NOT_A_LOG' },
    ],
    [
      'is an SQLite file of somebody else',
      () => {
        const path = makePath();
        const db = connectSqlite(path);
        db.exec('CREATE TABLE diary (dear TEXT)');
        db.close();
        return path;
      },
      { code: 15, reason: 'NOT_A_LOG' },
    ],
    [
      'was written by a newer SyncDB',
      () => makeLog('PRAGMA user_version = 3'),
      { code: 9, reason: 'LOG_VERSION', metadata: { found: '3', known: '2' } },
    ],
    [
      'has a version that never was',
      () => makeLog('PRAGMA user_version = 0'),
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    [
      'has other tables',
      () => makeLog('ALTER TABLE records RENAME COLUMN bytes TO octets'),
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    [
      'has one table more',
      () => makeLog('CREATE TABLE diary (dear TEXT)'),
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    ['has lost its id', () => makeLog('DELETE FROM meta'), { code: 15, reason: 'LOG_CORRUPT' }],
    [
      'has another id than it was made with',
      () => makeLog('UPDATE meta SET log_id = zeroblob(16)'),
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    [
      'has lost its last record',
      () => makeLog('DELETE FROM records WHERE position = 3'),
      { code: 15, reason: 'LOG_CORRUPT', metadata: { position: '3' } },
    ],
    [
      'has lost all its records',
      () => makeLog('DELETE FROM records'),
      { code: 15, reason: 'LOG_CORRUPT', metadata: { position: '1' } },
    ],
    [
      'has a record behind its head',
      () => makeLog("INSERT INTO records VALUES (4, x'00', 0)"),
      { code: 15, reason: 'LOG_CORRUPT', metadata: { position: '4' } },
    ],
    [
      'says that it was trimmed, and was not',
      () => makeLog('UPDATE meta SET trimmed = 1'),
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    [
      'says another epoch than was written',
      () => makeLog('UPDATE meta SET epoch = 1'),
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    [
      'has a head that JavaScript cannot hold',
      () => makeLog('UPDATE meta SET head = 1 << 60'),
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    [
      'is in the middle of a repair',
      () => {
        const path = makeLog();
        writeFileSync(`${path}.repairing`, '');
        return path;
      },
      { code: 15, reason: 'LOG_CORRUPT' },
    ],
    [
      'is a folder',
      () => {
        const path = makePath();
        mkdirSync(path);
        return path;
      },
      { code: 9, reason: 'LOG_CANNOT_OPEN' },
    ],
  ])('[I9] %s', (_, makeFile, expected) => {
    const path = makeFile();
    const error = thrown(() => openSqliteStore(path));
    expect(error).toMatchObject(expected);
    expect(error.metadata).toMatchObject({ path });
    expect(error.message).toContain(path);
    // Nothing is held: whoever looks into the file next can do so.
    if (!error.reason.startsWith('LOG_CANNOT')) readFileSync(path);
  });

  it.each([
    ['is locked', 261, { code: 9, reason: 'LOG_LOCKED' }],
    ['has malformed pages', 11, { code: 15, reason: 'LOG_CORRUPT' }],
    ['has no room', 13, { code: 8, reason: 'LOG_DISK_FULL', retryDelayMs: 1_000 }],
    ['is on a disk that fails', 10, { code: 9, reason: 'LOG_CANNOT_OPEN' }],
    ['fails in a way that is not SQLite’s', undefined, { code: 9, reason: 'LOG_CANNOT_OPEN' }],
  ])('%s', (_, code, expected) => {
    const path = makePath();
    const db = new FaultyConnection(path);
    db.onExec = () => {
      throw code === undefined ? new TypeError('no such thing') : sqliteError(code);
    };
    expect(thrown(() => openSqliteStore(path, () => db))).toMatchObject(expected);
    expect(() => db.real.exec('SELECT 1')).toThrow('not open');
  });

  it('[I9] has text for an id, where a flipped bit has changed the type', () => {
    const path = makeLog();
    const db = new FaultyConnection(path);
    db.onGet = (sql, row) => (sql.includes('meta') ? { ...(row as object), log_id: 'id' } : row);
    expect(thrown(() => openSqliteStore(path, () => db)).reason).toBe('LOG_CORRUPT');
  });

  it('is on a disk without a write-ahead log', () => {
    const path = makePath();
    const db = new FaultyConnection(path);
    db.onGet = (sql, row) => (sql.includes('journal_mode') ? { journal_mode: 'delete' } : row);
    const error = thrown(() => openSqliteStore(path, () => db));
    expect(error).toMatchObject({ code: 9, reason: 'LOG_CANNOT_OPEN' });
    expect(error.message).toContain('journal mode delete');
  });
});

const fixture = (version: number) =>
  join(import.meta.dirname, '..', 'fixtures', `log-${version}.syncdb`);
const fixtureRecords = [...records(1, 4), new Uint8Array(0)];

function copyOf(version: number): string {
  const path = makePath();
  copyFileSync(fixture(version), path);
  return path;
}

function everyRecord(path: string) {
  const store = openSqliteStore(path);
  const { id, head, trimmed, epoch } = store;
  const { records: found } = store.read(trimmed, head);
  store.close();
  return { id: Buffer.from(id).toString('hex'), head, trimmed, epoch, found };
}

describe('a log of each format that ever was', () => {
  it('1: knew nothing of trimming and epochs, and is of format 2 once it was opened', () => {
    const path = copyOf(1);
    const id = '84972f69';
    expect(readFileSync(path).readUInt32BE(60)).toBe(1);
    const expected = { head: 5, trimmed: 0, epoch: 0, found: fixtureRecords };
    expect(everyRecord(path)).toMatchObject(expected);
    expect(readFileSync(path).readUInt32BE(60)).toBe(2);
    expect(everyRecord(path)).toMatchObject(expected);
    expect(everyRecord(path).id.startsWith(id)).toBe(true);
  });

  it('2: was trimmed, and raised to an epoch', () => {
    const path = copyOf(2);
    expect(readFileSync(path).readUInt32BE(60)).toBe(2);
    const found = fixtureRecords.slice(2);
    expect(everyRecord(path)).toMatchObject({ head: 5, trimmed: 2, epoch: 3, found });
    expect(readFileSync(path).equals(readFileSync(fixture(2)))).toBe(true);
  });

  it('[I9] is of one or the other where an upgrade is cut short, at each of its statements', () => {
    const statements: string[] = [];
    const watched = copyOf(1);
    const watch = new FaultyConnection(watched);
    watch.onExec = (sql, run) => {
      statements.push(sql);
      run();
    };
    openSqliteStore(watched, () => watch).close();
    expect(statements.length).toBeGreaterThan(5);
    const versions = statements.map((_, cut) => {
      const path = copyOf(1);
      const db = new FaultyConnection(path);
      let count = 0;
      db.onExec = (_, run) => {
        if (count++ === cut) throw sqliteError(10);
        run();
      };
      thrown(() => openSqliteStore(path, () => db));
      const version = readFileSync(path).readUInt32BE(60);
      expect(everyRecord(path)).toMatchObject({ head: 5, found: fixtureRecords });
      return version;
    });
    expect(versions).toEqual(versions.map(() => 1));
  });

  it('[I9] is not upgraded where it is damaged', () => {
    const path = copyOf(1);
    const db = connectSqlite(path);
    db.exec('UPDATE meta SET head = 4');
    db.close();
    expect(thrown(() => openSqliteStore(path)).reason).toBe('LOG_CORRUPT');
    expect(readFileSync(path).readUInt32BE(60)).toBe(1);
  });
});

describe('making a log', () => {
  it('[I9] leaves an empty file or a whole log where it is cut short', () => {
    const statements: string[] = [];
    const watch = new FaultyConnection(makePath());
    watch.onExec = (sql, run) => {
      statements.push(sql);
      run();
    };
    openSqliteStore('watched', () => watch).close();

    for (let cut = 0; cut < statements.length; cut++) {
      const path = makePath();
      const db = new FaultyConnection(path);
      let count = 0;
      db.onExec = (_, run) => {
        if (count++ === cut) throw sqliteError(10);
        run();
      };
      thrown(() => openSqliteStore(path, () => db));
      const store = openSqliteStore(path);
      expect(store.append(0, records(1, 1))).toBe(1);
      store.close();
    }
  });
});
