/** The files of a client's storage: which journal counts, whatever was going on when the process ended. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import type { JournalFiles } from '../../src/client/journal-files.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { journalGenerations, journalPath } from '../../src/client/storage-folder.ts';
import { readMetaRow, replaceMeta } from '../../src/log/log-file.ts';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { tempFolders } from '../log/support/temp-folder.ts';

const makeFolder = tempFolders();
let folder: string;
let path: string;

beforeEach(() => {
  folder = makeFolder();
  path = join(folder, 'client.db');
});

const record = (number: number) => Uint8Array.of(number);

async function recordsOf({ log }: JournalFiles): Promise<number[]> {
  const numbers: number[] = [];
  if (log === undefined) return numbers;
  for await (const { records } of log.read(0)) numbers.push(...records.map(([number]) => number!));
  return numbers;
}

/** A storage whose journal has these records, the first of them when it became the one that counts. */
async function filled(first: number, ...numbers: number[]): Promise<JournalFiles> {
  const files = await sqliteStorage({ path }).open();
  await (await files.begin()).append(0, [record(first)]);
  await files.replace();
  await files.log!.append(1, numbers.map(record));
  return files;
}

/** Records that the storage has when it is opened anew. */
async function found(): Promise<number[]> {
  const files = await sqliteStorage({ path }).open();
  try {
    return await recordsOf(files);
  } finally {
    await files.close();
  }
}

describe('a storage', () => {
  test('is its file and one journal, which another process finds', async () => {
    const files = await filled(1, 2);
    expect(files.name).toBe(journalPath(path, 1));
    await files.close();
    await files.close();
    expect(readdirSync(folder).toSorted()).toEqual(['client.db', 'client.db.1']);
    expect(await found()).toEqual([1, 2]);
  });

  test('is one process’s alone, from opening to closing, also while a journal takes the place', async () => {
    const files = await filled(1);
    const locked = { code: Code.failedPrecondition, reason: 'LOG_LOCKED' };
    await expect(sqliteStorage({ path }).open()).rejects.toMatchObject(locked);
    const next = await files.begin();
    await next.append(0, [record(2)]);
    await expect(sqliteStorage({ path }).open()).rejects.toMatchObject(locked);
    await files.replace();
    await expect(sqliteStorage({ path }).open()).rejects.toMatchObject(locked);
    await files.close();
    expect(await found()).toEqual([2]);
  });

  test('has a journal in the place of another at once, and nothing is left of the other', async () => {
    const files = await filled(1, 2, 3);
    const next = await files.begin();
    await next.append(0, [record(9)]);
    await files.replace();
    expect(files.log).toBe(next);
    expect(files.name).toBe(journalPath(path, 2));
    expect(journalGenerations(path)).toEqual([2]);
    await next.append(1, [record(10)]);
    await files.close();
    expect(await found()).toEqual([9, 10]);
  });

  test('goes on with the old journal where the new one is given up, or where the process ends before', async () => {
    const files = await filled(1);
    await (await files.begin()).append(0, [record(9)]);
    await files.discard();
    await files.discard();
    expect(journalGenerations(path)).toEqual([1]);
    await (await files.begin()).append(0, [record(9)]);
    await files.close();
    expect(journalGenerations(path)).toEqual([1, 2]);
    expect(await found()).toEqual([1]);
    expect(journalGenerations(path)).toEqual([1]);
  });

  test('knows after a failure which of two journals it was', async () => {
    const files = await filled(1);
    const first = files.log!.id;
    await (await files.begin()).append(0, [record(9)]);
    expect((await files.reopen()).id).toEqual(first);
    expect(journalGenerations(path)).toEqual([1]);
    const next = await files.begin();
    await next.append(0, [record(9)]);
    await files.replace();
    expect((await files.reopen()).id).toEqual(next.id);
    expect(await recordsOf(files)).toEqual([9]);
    await files.close();
  });

  test('[I9] has the old or the new journal, whole, wherever a change from one to the next was cut short', async () => {
    const files = await filled(1, 2);
    await (await files.begin()).append(0, [record(9)]);
    await files.close();
    // The new one counts with one record of the storage's file, and that came last.
    const again = await sqliteStorage({ path }).open();
    await (await again.begin()).append(0, [record(9)]);
    const old = journalPath(path, 1);
    copyFileSync(old, join(folder, 'kept'));
    await again.replace();
    await again.close();
    // Killed before the old one was removed.
    copyFileSync(join(folder, 'kept'), old);
    expect(await found()).toEqual([9]);
    expect(existsSync(old)).toBe(false);
  });

  test('is new wherever it was killed before its first journal counted', async () => {
    const files = await sqliteStorage({ path }).open();
    expect([files.log, files.name]).toEqual([undefined, path]);
    await files.begin();
    await files.close();
    expect(await found()).toEqual([]);
    expect(journalGenerations(path)).toEqual([]);
    const again = await sqliteStorage({ path }).open();
    await (await again.begin()).append(0, [record(1)]);
    await again.close();
    expect(journalGenerations(path)).toEqual([1]);
    expect(await found()).toEqual([]);
    // SQLite makes a file before it puts anything in it.
    writeFileSync(journalPath(path, 1), '');
    expect(await found()).toEqual([]);
    await (await filled(1)).close();
    expect(await found()).toEqual([1]);
    expect(journalGenerations(path)).toEqual([1]);
  });

  test('keeps what cannot be removed, and never takes its name', async () => {
    const files = await filled(1);
    // A folder is not removed as a file is.
    mkdirSync(journalPath(path, 2));
    await (await files.begin()).append(0, [record(9)]);
    await files.replace();
    expect(journalGenerations(path)).toEqual([2, 3]);
    await files.close();
    expect(await found()).toEqual([9]);
  });

  test('takes no other file for a journal', async () => {
    const others = [
      'client.db.old',
      'client.db.01',
      'client.db.1x',
      'client.db2.1',
      'xclient.db.1',
    ];
    for (const name of others) writeFileSync(join(folder, name), 'mine');
    const files = await filled(1);
    await (await files.begin()).append(0, [record(2)]);
    await files.replace();
    await files.close();
    expect(readdirSync(folder).toSorted()).toEqual([...others, 'client.db', 'client.db.2'].sort());
  });
});

describe('a storage that is not what was written to it', () => {
  test('[I2][I9] is refused where its own file is gone and a journal is still there, which stays', async () => {
    await (await filled(1, 2)).close();
    const [whole, journal] = [readFileSync(path), readFileSync(journalPath(path, 1))];
    rmSync(path);
    for (const pretend of [() => {}, () => writeFileSync(path, '')]) {
      pretend();
      const before = readdirSync(folder);
      await expect(found()).rejects.toMatchObject(damaged(path));
      expect(readdirSync(folder)).toEqual(before);
      expect(readFileSync(journalPath(path, 1))).toEqual(journal);
    }
    rmSync(path);
    openSqliteStore(path).close();
    await expect(found()).rejects.toMatchObject(damaged(path));
    renameSync(journalPath(path, 1), journalPath(path, 7));
    await expect(found()).rejects.toMatchObject(damaged(path));
    expect(journalGenerations(path)).toEqual([7]);
    rmSync(path);
    await expect(found()).rejects.toMatchObject(damaged(path));
    // What SQLite kept beside a journal that is gone.
    openSqliteStore(path).close();
    renameSync(journalPath(path, 7), join(folder, 'kept'));
    writeFileSync(`${journalPath(path, 7)}-wal`, journal);
    await expect(found()).rejects.toMatchObject(damaged(path));
    expect(existsSync(journalPath(path, 7))).toBe(false);
    rmSync(`${journalPath(path, 7)}-wal`);
    renameSync(join(folder, 'kept'), journalPath(path, 1));
    writeFileSync(path, whole);
    expect(await found()).toEqual([1, 2]);
  });

  const damaged = (file: string) => ({
    code: Code.dataLoss,
    reason: 'STORAGE_DAMAGED',
    metadata: { path: file },
  });

  test.each([
    ['missing', () => rmSync(journalPath(path, 1))],
    ['empty', () => writeFileSync(journalPath(path, 1), '')],
  ])(
    '[I9] is refused where its journal is %s, which is named, and is not made anew',
    async (_, spoil) => {
      await (await filled(1)).close();
      spoil();
      const before = readdirSync(folder);
      // Nothing is held by the attempt.
      for (let times = 0; times < 2; times++) {
        await expect(found()).rejects.toMatchObject(damaged(journalPath(path, 1)));
        expect(readdirSync(folder)).toEqual(before);
      }
      if (existsSync(journalPath(path, 1))) expect(statSync(journalPath(path, 1)).size).toBe(0);
    },
  );

  test('[I2][I9] is refused where its journal has less than when it became the one that counts', async () => {
    const files = await filled(1);
    await (await files.begin()).append(0, [record(2), record(3)]);
    await files.replace();
    await files.close();
    const { id } = openStore(journalPath(path, 2));
    for (const count of [1, 0]) {
      sql(`DELETE FROM records WHERE position > ${count}`, journalPath(path, 2));
      replaceHead(journalPath(path, 2), count);
      expect(openStore(journalPath(path, 2))).toEqual({ id, head: count });
      const file = journalPath(path, 2);
      await expect(found()).rejects.toMatchObject({
        ...damaged(file),
        metadata: { path: file, position: String(count + 1) },
        message: expect.stringContaining(`ends at ${count}, and had 2 records`),
      });
    }
  });

  test('[I2][I9] is none of a new one where it was copied without its write-ahead logs', async () => {
    const files = await filled(1, 2);
    const copy = join(makeFolder(), 'client.db');
    for (const end of ['', '.1']) copyFileSync(`${path}${end}`, `${copy}${end}`);
    await files.close();
    path = copy;
    await expect(found()).rejects.toMatchObject({
      reason: 'STORAGE_DAMAGED',
      metadata: { path: journalPath(copy, 1), position: '1' },
    });
  });

  test('is opened where its pointer is of version 1, unless its journal is empty', async () => {
    await (await filled(1, 2)).close();
    const { id } = openStore(journalPath(path, 1));
    const store = openSqliteStore(path);
    store.append(store.head, [Uint8Array.from([0x53, 0x50, 1, 1, ...id])]);
    store.close();
    expect(await found()).toEqual([1, 2]);
    sql('DELETE FROM records', journalPath(path, 1));
    replaceHead(journalPath(path, 1), 0);
    await expect(found()).rejects.toMatchObject({ reason: 'STORAGE_DAMAGED' });
  });

  function openStore(file: string): { id: Uint8Array; head: number } {
    const store = openSqliteStore(file);
    store.close();
    return { id: store.id, head: store.head };
  }

  function sql(text: string, file: string): void {
    const db = new DatabaseSync(file);
    db.exec(text);
    db.close();
  }

  function replaceHead(file: string, head: number): void {
    const db = connectSqlite(file);
    replaceMeta(db, { ...readMetaRow(db, file).meta, head });
    db.close();
  }

  test('[I9] is refused where another storage’s journal is in the place', async () => {
    await (await filled(1)).close();
    rmSync(journalPath(path, 1));
    await (await openSqliteLog({ path: journalPath(path, 1) })).close();
    await expect(found()).rejects.toMatchObject(damaged(journalPath(path, 1)));
  });

  test('[I9] is refused where its own file is damaged', async () => {
    await (await filled(1)).close();
    const db = new DatabaseSync(path);
    db.exec("UPDATE records SET bytes = x'0102'");
    db.close();
    await expect(found()).rejects.toMatchObject(damaged(path));
    const store = openSqliteStore(join(folder, 'other.db'));
    store.append(0, [record(1)]);
    store.close();
    await expect(sqliteStorage({ path: join(folder, 'other.db') }).open()).rejects.toMatchObject({
      reason: 'STORAGE_DAMAGED',
      cause: { reason: 'MALFORMED_BYTES' },
    });
    expect(statSync(journalPath(path, 1)).size).toBeGreaterThan(0);
  });

  test('[I9] is refused where SQLite finds its journal damaged', async () => {
    await (await filled(1)).close();
    writeFileSync(
      journalPath(path, 1),
      'not a database at all, but long enough to be looked at'.repeat(20),
    );
    await expect(found()).rejects.toMatchObject({
      ...damaged(journalPath(path, 1)),
      cause: { reason: 'NOT_A_LOG' },
    });
  });

  test('is refused where its folder is not there', async () => {
    const nowhere = sqliteStorage({ path: join(folder, 'none', 'client.db') });
    await expect(nowhere.open()).rejects.toMatchObject({ reason: 'LOG_CANNOT_OPEN' });
  });
});
