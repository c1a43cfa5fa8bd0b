/** Damage of a storage as a process leaves it that is killed: what it wrote is in write-ahead logs. */
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Code } from '../../src/base/errors.ts';
import { open } from '../../src/client/client.ts';
import { salvageStorage } from '../../src/client/salvage.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { fieldSchema } from '../support/test-server.ts';

const makeFolder = tempFolders();
const walHeaderBytes = 32;

/** The files of a storage whose process is gone, by the ends of their names. */
type Files = ReadonlyMap<string, Buffer>;

/** Edits that were stored before the write-ahead log began, which are in the journal's file. */
const sessions = [
  { name: 'its first session', before: [] },
  { name: 'a later session', before: ['s1', 's2', 's3'] },
];
const added = ['s4', 's5', 's6', 's7', 's8', 's9'];

const openAt = (path: string, replicaId?: string) =>
  open({
    database: 'field',
    schema: fieldSchema,
    ...(replicaId !== undefined && { replicaId }),
    storage: sqliteStorage({ path }),
  });

/** What a kill with -9 leaves: the files as they are while it has them open. */
async function killed(before: readonly string[]): Promise<Files> {
  const path = join(makeFolder(), 'client.db');
  const put = async (keys: readonly string[]) => {
    const client = await openAt(path, 'phone');
    for (const id of keys) await client.table(StationSchema).put({ id, name: id }).stored;
    return client;
  };
  if (before.length > 0) await (await put(before)).close();
  const client = await put(added);
  const files = new Map(
    ['', '-wal', '.1', '.1-wal'].map((end) => [end, readFileSync(`${path}${end}`)]),
  );
  await client.close();
  return files;
}

function laid(files: Files): string {
  const path = join(makeFolder(), 'client.db');
  for (const [end, bytes] of files) writeFileSync(`${path}${end}`, bytes);
  return path;
}

/** The files in a folder that have anything in them. */
function contents(path: string): [string, Buffer][] {
  const folder = join(path, '..');
  return readdirSync(folder)
    .map((name): [string, Buffer] => [name, readFileSync(join(folder, name))])
    .filter(([, { length }]) => length > 0);
}

/** Keys of what is queued, and whose it is; or why it is refused. Salvaging it first changes nothing. */
async function found(path: string): Promise<{ keys: string[]; id: string } | { code: Code }> {
  const before = contents(path);
  const salvaged = await salvageStorage({ path });
  expect(contents(path)).toEqual(before);
  const rest = salvaged.pending.map(({ changes }) => changes[0]!.key);
  try {
    const client = await openAt(path);
    const keys = client
      .table(StationSchema)
      .query()
      .rows.map(({ id }) => id);
    const { pendingCount, replicaId: id } = client;
    await client.close();
    expect(pendingCount).toBe(keys.length);
    expect(rest).toEqual(keys);
    return { keys, id };
  } catch (error) {
    const { code, reason } = error as { code: Code; reason: string };
    expect(reason).toBe('STORAGE_DAMAGED');
    expect(salvaged.damage.length).toBeGreaterThan(0);
    return { code };
  }
}

describe.each(sessions)('a storage whose process was killed in $name', ({ before }) => {
  const all = [...before, ...added];
  let files: Files;
  let wal: Buffer;
  beforeAll(async () => {
    files = await killed(before);
    wal = files.get('.1-wal')!;
    expect(wal.length).toBeGreaterThan(100_000);
  });

  test('has all that was stored', async () => {
    expect(await found(laid(files))).toEqual({ keys: all, id: 'phone' });
  });

  /** The first session has nothing in the files alone; what a later one finds there it cannot tell from all. */
  const without = before.length === 0 ? { code: Code.dataLoss } : { keys: before, id: 'phone' };

  test('[I2][I9] is never a new one where the write-ahead log of its journal is gone, or empty', async () => {
    const path = laid(files);
    rmSync(`${path}.1-wal`);
    expect(await found(path)).toEqual(without);
    expect(await found(laid(new Map([...files, ['.1-wal', Buffer.alloc(0)]])))).toEqual(without);
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  test('[I2][I9] is never a new one where all write-ahead logs are gone', async () => {
    const path = laid(files);
    for (const end of ['-wal', '.1-wal']) rmSync(`${path}${end}`);
    expect(await found(path)).toEqual(without);
  });

  test('[I9] has the first of the edits or is refused, wherever the write-ahead log of its journal was cut', async () => {
    for (let part = 0; part < 12; part++) {
      const cut = wal.subarray(0, Math.floor((wal.length * part) / 12) + 11);
      const result = await found(laid(new Map([...files, ['.1-wal', cut]])));
      if ('code' in result) expect(result).toEqual({ code: Code.dataLoss });
      else {
        expect(result.id).toBe('phone');
        expect(result.keys).toEqual(all.slice(0, result.keys.length));
        expect(result.keys.length).toBeGreaterThanOrEqual(before.length);
      }
    }
  }, 60_000);

  test('[I2][I9] is never a new one where a bit of the header of a write-ahead log is another', async () => {
    for (const end of ['-wal', '.1-wal']) {
      for (let at = 1; at < walHeaderBytes; at += 5) {
        const flipped = Buffer.from(files.get(end)!);
        if (flipped.length === 0) continue;
        flipped[at]! ^= 1 << (at % 8);
        const result = await found(laid(new Map([...files, [end, flipped]])));
        if ('code' in result) expect(result).toEqual({ code: Code.dataLoss });
        else {
          expect(result.id).toBe('phone');
          expect(result.keys).toEqual(all.slice(0, result.keys.length));
        }
      }
    }
  }, 60_000);

  test('[I2][I9] is refused where a bit of a frame is another, and more stands behind it', async () => {
    for (const part of [0.3, 0.5, 0.8]) {
      const flipped = Buffer.from(wal);
      flipped[Math.floor(wal.length * part)]! ^= 1;
      const result = await found(laid(new Map([...files, ['.1-wal', flipped]])));
      expect(result).toEqual({ code: Code.dataLoss });
    }
  });

  test('[I2][I9] is refused where its own file was lost, and nothing is made in its place', async () => {
    const path = laid(files);
    const copy = `${path}-copy`;
    copyFileSync(path, copy);
    for (const spoil of [() => rmSync(path), () => writeFileSync(path, '')]) {
      spoil();
      rmSync(`${path}-wal`, { force: true });
      const before = contents(path);
      await expect(openAt(path)).rejects.toMatchObject({ reason: 'STORAGE_DAMAGED' });
      expect(contents(path)).toEqual(before);
      const { pending, damage } = await salvageStorage({ path });
      expect([pending.length, damage.length]).toEqual([all.length, 1]);
      expect(contents(path)).toEqual(before);
    }
    copyFileSync(copy, path);
    expect(await found(path)).toEqual({ keys: all, id: 'phone' });
  });
});
