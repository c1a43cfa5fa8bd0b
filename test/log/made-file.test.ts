import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logFormat } from '../../src/log/log-file.ts';
import { removeMade, settleMade } from '../../src/log/made-file.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const { errors } = logFormat;

/** A log with three records in its write-ahead log only: its checkpoint failed when it was closed. */
function makeUnsettled(): string {
  const path = join(makeFolder(), 'test.log');
  const store = openSqliteStore(path);
  store.append(0, records(1, 3));
  for (const end of ['', '-wal']) copyFileSync(path + end, `${path}.made${end}`);
  store.close();
  return `${path}.made`;
}

describe('a file that was made', () => {
  it('[I9] has all of it in itself once it is settled, so a rename takes all along', () => {
    const path = makeUnsettled();
    settleMade(path, errors);
    expect(existsSync(`${path}-wal`)).toBe(false);
    copyFileSync(path, `${path}-copy`);
    const store = openSqliteStore(`${path}-copy`);
    expect(store.head).toBe(3);
    store.close();
  });

  it.each<[string, (db: FaultyConnection) => void, string]>([
    [
      'there is no room',
      (db) => {
        db.onGet = () => {
          throw sqliteError(13);
        };
      },
      'LOG_DISK_FULL',
    ],
    [
      'somebody reads it',
      (db) => {
        db.onGet = (sql, row) => (sql.includes('checkpoint') ? { busy: 1 } : row);
      },
      'LOG_CANNOT_OPEN',
    ],
  ])('[I9] is not settled where %s', (_, fail, reason) => {
    const path = makeUnsettled();
    const db = new FaultyConnection(path);
    fail(db);
    expect(thrown(() => settleMade(path, errors, () => db)).reason).toBe(reason);
    settleMade(path, errors);
  });

  it('[I9] is not settled where its write-ahead log stays', () => {
    const path = makeUnsettled();
    const db = new FaultyConnection(path);
    db.close = () => undefined;
    expect(thrown(() => settleMade(path, errors, () => db)).reason).toBe('LOG_CANNOT_OPEN');
    db.real.close();
  });

  it('is removed with all that is beside it, whatever it is', () => {
    const path = makeUnsettled();
    removeMade(path, errors);
    expect(['', '-wal', '-journal'].map((end) => existsSync(path + end))).not.toContain(true);
    writeFileSync(path, 'half of a file, and long enough to be one');
    removeMade(path, errors);
    expect(existsSync(path)).toBe(false);
    removeMade(path, errors);
  });

  it('is not removed while it is being made', () => {
    const path = makeUnsettled();
    const store = openSqliteStore(path);
    expect(thrown(() => removeMade(path, errors)).reason).toBe('LOG_LOCKED');
    expect(store.append(3, records(4, 1))).toBe(4);
    store.close();
  });
});
