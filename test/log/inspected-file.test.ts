import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  inspectFile,
  lookError,
  pageProblems,
  undoCutShort,
} from '../../src/log/inspected-file.ts';
import { logFormat, readMeta } from '../../src/log/log-file.ts';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { connectFile } from '../../src/log/sqlite-file.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { FaultyConnection } from './support/faulty-connection.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

/** A log of which the last records are in its write-ahead log only, as a process that was killed leaves it. */
function killedLog(): string {
  const path = join(makeFolder(), 'test.log');
  const store = openSqliteStore(path);
  store.append(0, records(1, 3));
  const copy = join(dirname(path), 'copy');
  mkdirSync(copy);
  for (const end of ['', '-wal']) copyFileSync(path + end, join(copy, basename(path)) + end);
  store.close();
  return join(copy, basename(path));
}

function closedLog(): string {
  const path = join(makeFolder(), 'test.log');
  openSqliteStore(path).close();
  return path;
}

const inspect = <T>(path: string, use: Parameters<typeof inspectFile<T>>[2]) =>
  inspectFile(path, logFormat.errors, use);

function contents(path: string) {
  const folder = dirname(path);
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'hex')]);
}

/** What may be left of a file that its write-ahead log belongs to. */
const left: [string, (path: string) => void][] = [
  ['missing', (_: string) => {}],
  ['empty', (path: string) => writeFileSync(path, '')],
  ['of one byte', (path: string) => writeFileSync(path, 'x')],
];

describe('looking into a file', () => {
  it.each([
    ['was closed', closedLog, 0],
    ['has a write-ahead log', killedLog, 3],
  ])('[I9] sees all of it and changes nothing, where it %s', (_, make, head) => {
    const path = make();
    const before = contents(path);
    expect(inspect(path, (db) => readMeta(db, path).head)).toBe(head);
    expect(contents(path)).toEqual(before);
  });

  it('[I9] removes nothing that was there, not even what a process that was killed left empty', () => {
    const path = closedLog();
    for (const end of ['-wal', '-shm']) writeFileSync(path + end, '');
    expect(inspect(path, (db) => readMeta(db, path).head)).toBe(0);
    const ends = ['', '-shm', '-wal'].map((end) => `test.log${end}`);
    expect(readdirSync(dirname(path))).toEqual(ends);
    expect(readFileSync(`${path}-wal`)).toHaveLength(0);
    // Nor what has something in it, whoever made that.
    rmSync(`${path}-wal`);
    inspect(path, () => writeFileSync(`${path}-wal`, 'commits'));
    expect(readFileSync(`${path}-wal`, 'utf8')).toBe('commits');
  });

  it.each(left)('[I9] that is %s leaves its write-ahead log, which is all there is', (_, make) => {
    const path = join(makeFolder(), 'test.log');
    make(path);
    writeFileSync(`${path}-wal`, 'commits');
    writeFileSync(`${path}-journal`, 'change');
    const before = contents(path);
    for (const look of [
      () => inspect(path, () => {}),
      () => connectFile(path, logFormat.errors, () => {}),
    ]) {
      const metadata = { path: `${path}-wal` };
      expect(thrown(look)).toMatchObject({ reason: 'LOG_CORRUPT', metadata });
    }
    expect(contents(path)).toEqual(before);
  });

  it('keeps writers out meanwhile, and is kept out by them', () => {
    const path = closedLog();
    inspect(path, () => {
      expect(thrown(() => openSqliteStore(path)).reason).toBe('LOG_LOCKED');
      // Others may look too.
      expect(inspect(path, (db) => readMeta(db, path).head)).toBe(0);
    });
    const store = openSqliteStore(path);
    store.append(0, records(1, 1));
    expect(thrown(() => inspect(path, () => {})).reason).toBe('LOG_LOCKED');
    expect(store.append(1, records(2, 1))).toBe(2);
    store.close();
    expect(inspect(path, (db) => readMeta(db, path).head)).toBe(2);
  });

  it('[I9] says where a change was cut short, and changes nothing; a repair undoes it', () => {
    const path = join(makeFolder(), 'test.log');
    const db = connectSqlite(path);
    db.exec('CREATE TABLE one (x); PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE two (x)');
    const insert = db.prepare('INSERT INTO two VALUES (zeroblob(100000))');
    for (let count = 0; count < 5; count++) insert.run();
    const copy = `${path}-copy`;
    for (const end of ['', '-journal']) copyFileSync(path + end, copy + end);
    db.close();
    const before = contents(copy);
    expect(thrown(() => inspect(copy, () => {}))).toMatchObject({
      reason: 'LOG_CORRUPT',
      message: expect.stringContaining('cut short'),
    });
    expect(contents(copy)).toEqual(before);
    undoCutShort(copy, logFormat.errors);
    expect(existsSync(`${copy}-journal`)).toBe(false);
    const tables = 'SELECT group_concat(name) AS names FROM sqlite_schema';
    expect(inspect(copy, (found) => found.prepare(tables).get())).toEqual({ names: 'one' });
    undoCutShort(copy, logFormat.errors);
  });

  it('says what is wrong with a file with a journal that is no database', () => {
    const path = join(makeFolder(), 'test.log');
    writeFileSync(path, 'x'.repeat(2_000));
    writeFileSync(`${path}-journal`, '');
    expect(thrown(() => undoCutShort(path, logFormat.errors)).reason).toBe('NOT_A_LOG');
  });

  it('makes no file where there is none', () => {
    const path = join(makeFolder(), 'test.log');
    expect(thrown(() => inspect(path, () => {})).reason).toBe('LOG_CANNOT_OPEN');
    expect(existsSync(path)).toBe(false);
  });

  it('[I9] says what SQLite finds in the pages, one line each, also where it gives up', () => {
    const path = closedLog();
    expect(inspect(path, pageProblems)).toEqual([]);
    const db = new FaultyConnection(path);
    db.onRow = (row) => {
      row.integrity_check = 'page 7\n  is lost';
    };
    expect(pageProblems(db)).toEqual(['page 7 is lost']);
    db.onRow = () => {
      throw new Error('gives up');
    };
    expect(pageProblems(db)).toEqual(['gives up']);
    db.close();
  });
});

it.each([4_874, 13])(
  'on a full disk it says what there is no room for (SQLite’s %i)',
  (errcode) => {
    const error = lookError('x.log', logFormat.errors, Object.assign(new Error('no'), { errcode }));
    expect(error).toMatchObject({
      reason: 'LOG_CANNOT_OPEN',
      message: expect.stringContaining('there is no room on the disk for the index'),
    });
  },
);
