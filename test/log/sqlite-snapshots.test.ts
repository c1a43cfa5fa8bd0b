import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SnapshotStore } from '../../src/log/snapshot-store.ts';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { repairMark } from '../../src/log/sqlite-file.ts';
import { openOrReplaceSnapshots, openSqliteSnapshots } from '../../src/log/sqlite-snapshots.ts';
import { blocksOf, describeSnapshotContract, take } from './snapshot-contract.ts';
import { openSnapshotsInThisThread } from './support/in-this-thread.ts';
import { record, records, rejection } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const makePath = () => join(makeFolder(), 'test.snapshots');

const fileFixture = (open: (path: string) => Promise<SnapshotStore>) => () => {
  const path = makePath();
  return { open: () => open(path), dispose: () => rmSync(dirname(path), { recursive: true }) };
};

describeSnapshotContract({
  name: 'SQLite snapshots',
  persists: true,
  makeFixture: fileFixture((path) => openSqliteSnapshots({ path })),
  modelRuns: 15,
});

describeSnapshotContract({
  name: 'SQLite snapshots without a thread',
  persists: true,
  makeFixture: fileFixture(openSnapshotsInThisThread),
  modelRuns: 50,
});

/** A file with one snapshot, closed. */
async function makeSnapshots(): Promise<string> {
  const path = makePath();
  const store = await openSqliteSnapshots({ path });
  await take(store, 5, records(1, 3));
  await store.close();
  return path;
}

describe('SQLite snapshots', () => {
  it('refuse a second open, by this process and by another', async () => {
    const path = await makeSnapshots();
    const store = await openSqliteSnapshots({ path });
    const locked = { code: 9, reason: 'SNAPSHOTS_LOCKED', metadata: { path } };
    expect(await rejection(openSqliteSnapshots({ path }))).toMatchObject(locked);
    expect(await rejection(openOrReplaceSnapshots({ path }))).toMatchObject(locked);
    const source = new URL('../../src/log/sqlite-snapshots.ts', import.meta.url).href;
    const program = `
      const { openSqliteSnapshots } = await import('${source}');
      await openSqliteSnapshots({ path: '${path}' }).catch((error) => console.log(error.reason));`;
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect(child.stdout.trim()).toBe('SNAPSHOTS_LOCKED');
    expect(await store.list()).toHaveLength(1);
    await store.close();
  });

  it('do not grow with the snapshots that come and go', async () => {
    const path = makePath();
    const store = await openSqliteSnapshots({ path });
    const blocks = Array.from({ length: 20 }, (_, index) => record(index, 100_000));
    const sizes: number[] = [];
    for (let round = 0; round < 12; round++) {
      await take(store, round, blocks);
      await store.keep((await store.list()).slice(0, 2).map(({ id }) => id));
      sizes.push(statSync(path).size);
    }
    await store.close();
    const oneBytes = 20 * 100_000;
    // Two are kept and one is written, and SQLite needs a little for itself.
    expect(statSync(path).size).toBeLessThan(3.3 * oneBytes);
    expect(sizes.at(-1)).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 6)));
  });

  it('begin with a magic and a format version that tools can see', async () => {
    const bytes = readFileSync(await makeSnapshots());
    expect(bytes.toString('latin1', 68, 72)).toBe('SDBS');
    expect(bytes.readUInt32BE(60)).toBe(1);
  });
});

describe('opening snapshots, or new ones in place of damaged ones', () => {
  it('opens what is good, and makes what is not there', async () => {
    const path = await makeSnapshots();
    const { store, moved } = await openOrReplaceSnapshots({ path });
    expect(moved).toBeUndefined();
    expect(await store.list()).toHaveLength(1);
    await store.close();
    const made = await openOrReplaceSnapshots({ path: makePath() });
    expect([made.moved, await made.store.list()]).toEqual([undefined, []]);
    await made.store.close();
  });

  it.each<[string, (path: string) => void, string]>([
    ['is no SQLite file', (path) => writeFileSync(path, 'x'.repeat(9_000)), 'NOT_SNAPSHOTS'],
    [
      'has malformed pages',
      (path) => {
        const bytes = readFileSync(path);
        bytes.fill(0xff, 2 * 16_384);
        writeFileSync(path, bytes);
      },
      'SNAPSHOT_CORRUPT',
    ],
    [
      'has other tables',
      (path) => {
        const db = connectSqlite(path);
        db.exec('DROP TABLE blocks');
        db.close();
      },
      'SNAPSHOT_CORRUPT',
    ],
  ])('[I9] moves a file aside that %s, and says so', async (_, damage, reason) => {
    const path = await makeSnapshots();
    damage(path);
    const damaged = readFileSync(path);
    expect((await rejection(openSqliteSnapshots({ path }))).reason).toBe(reason);
    const { store, moved } = await openOrReplaceSnapshots({ path });
    expect(moved).toMatchObject({ to: `${path}.damaged-1`, error: { code: 15, reason } });
    expect(readFileSync(moved!.to).equals(damaged)).toBe(true);
    const info = await take(store, 9, records(4, 2));
    await store.close();
    const again = await openOrReplaceSnapshots({ path });
    expect([again.moved, await again.store.list()]).toEqual([undefined, [info]]);
    expect(await blocksOf(again.store, info)).toEqual(records(4, 2));
    await again.store.close();
  });

  it('[I9] leaves a damaged file that is needed, or that a repair is not done with, where it is', async () => {
    const path = await makeSnapshots();
    writeFileSync(repairMark(path), '');
    const repairing = await rejection(openOrReplaceSnapshots({ path }));
    expect(repairing.reason).toBe('SNAPSHOT_CORRUPT');
    rmSync(repairMark(path));
    writeFileSync(path, 'x'.repeat(9_000));
    const needed = await rejection(openOrReplaceSnapshots({ path, needed: true }));
    expect(needed.reason).toBe('NOT_SNAPSHOTS');
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
  });

  it('leaves a newer file, and one that cannot be opened, where they are', async () => {
    const path = await makeSnapshots();
    const db = connectSqlite(path);
    db.exec('PRAGMA user_version = 2');
    db.close();
    const newer = { code: 9, reason: 'SNAPSHOTS_VERSION', metadata: { found: '2', known: '1' } };
    expect(await rejection(openOrReplaceSnapshots({ path }))).toMatchObject(newer);
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
    const missing = join(makeFolder(), 'missing', 'test.snapshots');
    const cannot = { code: 9, reason: 'SNAPSHOTS_CANNOT_OPEN', metadata: { path: missing } };
    expect(await rejection(openOrReplaceSnapshots({ path: missing }))).toMatchObject(cannot);
  });
});
