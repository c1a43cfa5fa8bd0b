/** The files of a client's storage: which journal counts, whatever was going on when the process ended. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
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
import { journalGenerations, journalPath, sqliteStorage } from '../../src/client/sqlite-storage.ts';
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
  for await (const { records } of log.read(0)) numbers.push(...records.map(([number]) => number!));
  return numbers;
}

/** A storage whose journal has these records. */
async function filled(...numbers: number[]): Promise<JournalFiles> {
  const files = await sqliteStorage({ path }).open();
  await files.log.append(files.log.head, numbers.map(record));
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
    await files.begin();
    await expect(sqliteStorage({ path }).open()).rejects.toMatchObject(locked);
    await files.replace();
    await expect(sqliteStorage({ path }).open()).rejects.toMatchObject(locked);
    await files.close();
    expect(await found()).toEqual([]);
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
    const first = files.log.id;
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

  test('begins anew where it was killed before its first journal counted', async () => {
    await (await filled()).close();
    rmSync(path);
    openSqliteStore(path).close();
    expect(await found()).toEqual([]);
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
    await files.begin();
    await files.replace();
    await files.close();
    expect(readdirSync(folder).toSorted()).toEqual([...others, 'client.db', 'client.db.2'].sort());
  });
});

describe('a storage that is not what was written to it', () => {
  test('[I2][I9] is refused where its own file is gone and a journal is still there, which stays', async () => {
    await (await filled(1)).close();
    rmSync(path);
    for (let times = 0; times < 2; times++) {
      await expect(found()).rejects.toMatchObject(damaged(path));
      expect(journalGenerations(path)).toEqual([1]);
    }
    rmSync(path);
    renameSync(journalPath(path, 1), journalPath(path, 7));
    await expect(found()).rejects.toMatchObject(damaged(path));
    expect(journalGenerations(path)).toContain(7);
  });

  const damaged = (file: string) => ({
    code: Code.dataLoss,
    reason: 'STORAGE_DAMAGED',
    metadata: { path: file },
  });

  test('[I9] is refused where its journal is missing, which is named, and is not made anew', async () => {
    await (await filled(1)).close();
    rmSync(journalPath(path, 1));
    await expect(found()).rejects.toMatchObject(damaged(journalPath(path, 1)));
    expect(journalGenerations(path)).toEqual([]);
    // Nothing is held by the attempt.
    await expect(found()).rejects.toMatchObject(damaged(journalPath(path, 1)));
  });

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
