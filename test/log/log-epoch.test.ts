import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setLogEpoch } from '../../src/log/log-epoch.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

function makeLog(): string {
  const path = join(makeFolder(), 'test.log');
  const store = openSqliteStore(path);
  store.append(0, records(1, 5));
  store.trim(2);
  store.close();
  return path;
}

describe('the epoch of a log', () => {
  it('is raised in a file that nobody has open, and nothing else is changed', () => {
    const path = makeLog();
    setLogEpoch(path, 7);
    const store = openSqliteStore(path);
    expect([store.epoch, store.trimmed, store.head]).toEqual([7, 2, 5]);
    expect(store.read(2, 5).records).toEqual(records(3, 3));
    expect(store.append(5, records(6, 1))).toBe(6);
    store.close();
  });

  it('may be said again, and never goes back', () => {
    const path = makeLog();
    setLogEpoch(path, 7);
    setLogEpoch(path, 7);
    for (const epoch of [6, 7.5, Number.NaN]) {
      expect(thrown(() => setLogEpoch(path, epoch)).reason).toBe('ASSERTION_FAILED');
    }
    const store = openSqliteStore(path);
    expect(store.epoch).toBe(7);
    expect(thrown(() => setLogEpoch(path, 8)).reason).toBe('LOG_LOCKED');
    store.close();
  });

  it('is of a log that is there: none is made', () => {
    const path = join(makeFolder(), 'test.log');
    expect(thrown(() => setLogEpoch(path, 1))).toMatchObject({
      code: 9,
      reason: 'LOG_CANNOT_OPEN',
    });
    expect(existsSync(path)).toBe(false);
  });

  it('[I9] stays as it was where it cannot be written', () => {
    const path = makeLog();
    const db = new FaultyConnection(path);
    db.onExec = (sql, run) => {
      if (sql === 'COMMIT' && db.isTransaction && ++commits === 2) throw sqliteError(13);
      run();
    };
    let commits = 0;
    expect(thrown(() => setLogEpoch(path, 1, () => db)).reason).toBe('LOG_DISK_FULL');
    const store = openSqliteStore(path);
    expect([store.epoch, store.head]).toEqual([0, 5]);
    store.close();
  });
});
