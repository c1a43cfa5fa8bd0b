import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectSqlite, ResultCode, resultCode } from '../../src/log/sqlite-driver.ts';
import { single } from '../../src/log/sqlite-file.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return expect.unreachable('nothing was thrown');
}

describe('the SQLite driver', () => {
  it('runs statements, and gives rows by column and blobs as bytes', () => {
    const db = connectSqlite(join(makeFolder(), 'test.db'));
    db.exec('CREATE TABLE pairs (number INTEGER, bytes BLOB)');
    const insert = db.prepare('INSERT INTO pairs VALUES (?, ?)');
    for (const number of [1, 2]) insert.run(number, new Uint8Array([number]));
    const select = db.prepare<{ number: number; bytes: Uint8Array }>('SELECT * FROM pairs');
    expect([...select.iterate()].map(({ number, bytes }) => [number, [...bytes]])).toEqual([
      [1, [1]],
      [2, [2]],
    ]);
    expect(select.get()).toMatchObject({ number: 1 });
    expect(db.prepare('SELECT 1 WHERE false').get()).toBeUndefined();
    db.close();
  });

  it('tells whether a transaction is open', () => {
    const db = connectSqlite(join(makeFolder(), 'test.db'));
    expect(db.isTransaction).toBe(false);
    db.exec('BEGIN');
    expect(db.isTransaction).toBe(true);
    db.exec('ROLLBACK');
    expect(db.isTransaction).toBe(false);
    db.close();
  });

  it('fails at once where another connection holds the lock', () => {
    const path = join(makeFolder(), 'test.db');
    const [one, two] = [connectSqlite(path), connectSqlite(path)];
    one.exec('BEGIN EXCLUSIVE');
    expect(single(two, 'PRAGMA busy_timeout')).toBe(0);
    expect(resultCode(errorOf(() => two.exec('BEGIN IMMEDIATE')))).toBe(ResultCode.busy);
    one.close();
    two.close();
  });
});

describe('the result code of an error', () => {
  it('is the primary one, whatever the extended one adds', () => {
    expect(resultCode(Object.assign(new Error(), { errcode: 13 }))).toBe(ResultCode.full);
    expect(resultCode(Object.assign(new Error(), { errcode: 11 | (1 << 8) }))).toBe(
      ResultCode.corrupt,
    );
  });

  it.each([new Error('something else'), undefined, 'text', { errcode: 'ENOENT' }])(
    'is 0 where the error is not SQLite’s: %s',
    (error) => expect(resultCode(error)).toBe(0),
  );
});
