/** What is read of a client's storage that is damaged, and that no damage is taken for edits. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Code } from '../../src/base/errors.ts';
import { open } from '../../src/client/client.ts';
import { salvageStorage } from '../../src/client/salvage.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { journalPath } from '../../src/client/storage-folder.ts';
import { recordCrc } from '../../src/log/log-file.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { encodeJournalRecord, type JournalRecord } from '../../src/replica/journal-record.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { fieldSchema, startTestServer } from '../support/test-server.ts';

const makeFolder = tempFolders();
let path: string;

beforeEach(async () => {
  path = join(makeFolder(), 'client.db');
  const client = await opened();
  for (let index = 1; index <= 5; index++) client.table(StationSchema).put({ id: `s${index}` });
  await client.close();
});

const opened = (url?: string) =>
  open({
    ...(url !== undefined && { url }),
    database: 'field',
    schema: fieldSchema,
    replicaId: 'phone',
    storage: sqliteStorage({ path }),
  });

function sql(text: string, file = journalPath(path, 1)): void {
  const db = new DatabaseSync(file);
  db.exec(text);
  db.close();
}

async function keys(): Promise<string[]> {
  const { pending } = await salvageStorage({ path });
  return pending.map(({ changes }) => changes[0]!.key);
}

describe('salvaging', () => {
  test('reads the edits of a sound storage, changes nothing, and holds nothing', async () => {
    const before = readFileSync(journalPath(path, 1));
    const salvaged = await salvageStorage({ path });
    expect(salvaged).toMatchObject({
      database: 'field',
      replicaId: 'phone',
      parked: [],
      damage: [],
    });
    expect(salvaged.pending.map(({ counter }) => counter)).toEqual([1, 2, 3, 4, 5]);
    expect(salvaged.pending[0]!.changes[0]).toMatchObject({ table: 'test.v1.Station', key: 's1' });
    expect(readFileSync(journalPath(path, 1))).toEqual(before);
    const client = await opened();
    expect(client.pendingCount).toBe(5);
    await expect(salvageStorage({ path })).rejects.toMatchObject({ reason: 'LOG_LOCKED' });
    await client.close();
  });

  test('[P6] reads the edits that the home refused, with all that was said of them', async () => {
    const server = await startTestServer();
    path = join(makeFolder(), 'client.db');
    const client = await opened(server.address);
    const { outcome } = client.table(StationSchema).patch('nobody has it', { name: 'typed' });
    client.table(StationSchema).put({ id: 's1' });
    await client.synced();
    const { parked } = client;
    expect([(await outcome).status, parked.length]).toEqual(['refused', 1]);
    await client.close();
    await server.close();
    const salvaged = await salvageStorage({ path });
    expect(salvaged).toMatchObject({ pending: [], damage: [] });
    expect(salvaged.parked.map(({ outcome }) => outcome)).toEqual([parked[0]!.outcome]);
    expect(salvaged.parked[0]!.transaction.changes).toEqual(parked[0]!.transaction.changes);
  });

  test('[I9][P37] reads what stands before and behind a record whose bytes are others, and names that', async () => {
    sql("UPDATE records SET bytes = x'00' WHERE position = 3");
    const damage = { code: Code.dataLoss, metadata: { position: '3' } };
    await expect(opened()).rejects.toMatchObject({ ...damage, reason: 'STORAGE_DAMAGED' });
    await expect(opened()).rejects.toThrow(/client\.db\.1: record 3 is damaged/);
    const salvaged = await salvageStorage({ path });
    expect(await keys()).toEqual(['s1', 's3', 's4', 's5']);
    expect(salvaged.damage).toMatchObject([damage]);
  });

  test('[P37] reads around records that are missing, and that are none of a journal', async () => {
    sql('DELETE FROM records WHERE position = 2');
    const bytes = Uint8Array.of(1, 2, 3);
    const db = new DatabaseSync(journalPath(path, 1));
    db.prepare('UPDATE records SET bytes = ?, crc = ? WHERE position = 5').run(
      bytes,
      recordCrc(5, bytes),
    );
    db.close();
    const { damage } = await salvageStorage({ path });
    expect(await keys()).toEqual(['s2', 's3', 's5']);
    expect(damage.map(({ metadata }) => metadata.position)).toEqual(['2', '5']);
  });

  test('reads the newest journal where the storage’s own file is gone, or no longer one', async () => {
    writeFileSync(path, 'no database at all, and long enough to be looked at'.repeat(40));
    const { damage, pending } = await salvageStorage({ path });
    expect([pending.length, damage.length]).toEqual([5, 1]);
    rmSync(path);
    const again = await salvageStorage({ path });
    expect(again.pending).toHaveLength(5);
    expect(again.damage).toMatchObject([{ reason: 'STORAGE_DAMAGED', metadata: { path } }]);
    sql('SELECT 1');
  });

  /** Puts a journal beside that of the storage, with the first records of it, and others. */
  function begin(generation: number, count: number, ...others: readonly JournalRecord[]): void {
    const store = openSqliteStore(journalPath(path, 1));
    const { records } = store.read(0, count);
    store.close();
    const next = openSqliteStore(journalPath(path, generation));
    next.append(0, [...records, ...others.map(encodeJournalRecord)]);
    next.close();
  }
  const position = {
    ...{ cursor: new Uint8Array(0), head: 0 },
    ...{ complete: false, proven: true, building: false },
  };

  test('[P37] reads the newest whole journal where nobody says which one counts, and none that was only begun', async () => {
    rmSync(path);
    const wanted = ['s1', 's2', 's3', 's4', 's5'];
    begin(2, 1);
    expect(await keys()).toEqual(wanted);
    begin(3, 1, { kind: 'copy', position });
    const salvaged = await salvageStorage({ path });
    expect(salvaged.damage).toMatchObject([{ metadata: { path } }]);
    expect(salvaged).toMatchObject({ database: 'field', replicaId: 'phone' });
    expect(await keys()).toEqual(wanted);
    // It was killed before the one in its place was removed.
    begin(4, 3, { kind: 'seal' });
    expect(await keys()).toEqual(['s1', 's2']);
  });

  test('[P37] reads all journals there are where the newest one is damaged, each edit once', async () => {
    rmSync(path);
    begin(2, 4);
    sql("UPDATE records SET bytes = x'00' WHERE position = 3", journalPath(path, 2));
    expect(await keys()).toEqual(['s1', 's2', 's3', 's4', 's5']);
    writeFileSync(journalPath(path, 3), 'no database at all, and long enough'.repeat(40));
    const { pending, damage } = await salvageStorage({ path });
    expect(pending.map(({ counter }) => counter)).toEqual([1, 2, 3, 4, 5]);
    expect(damage.map(({ reason, metadata }) => [reason, metadata.path])).toEqual([
      ['STORAGE_DAMAGED', path],
      ['NOT_A_LOG', journalPath(path, 3)],
      ['STORAGE_DAMAGED', journalPath(path, 2)],
    ]);
  });

  test('[P37] reads the others where the journal that counts is gone or is another, and says so', async () => {
    const name = journalPath(path, 1);
    begin(2, 4);
    renameSync(name, join(makeFolder(), 'kept'));
    for (const spoil of [() => {}, () => writeFileSync(name, '')]) {
      spoil();
      const { pending, damage } = await salvageStorage({ path });
      expect(pending.map(({ counter }) => counter)).toEqual([1, 2, 3]);
      expect(damage).toMatchObject([{ reason: 'STORAGE_DAMAGED', metadata: { path: name } }]);
    }
    rmSync(name);
    renameSync(journalPath(path, 2), name);
    const { pending, damage } = await salvageStorage({ path });
    expect(pending).toHaveLength(3);
    expect(damage[0]!.message).toContain('is damaged: it is not the journal that belongs here');
  });

  test('reads the journals where the storage’s own file names none', async () => {
    for (const bytes of ["x'00'", "x'535002'"]) {
      sql(`UPDATE records SET bytes = ${bytes}`, path);
      expect(await keys()).toHaveLength(5);
    }
    rmSync(path);
    openSqliteStore(path).close();
    const { pending, damage } = await salvageStorage({ path });
    expect(pending).toHaveLength(5);
    expect(damage).toMatchObject([{ reason: 'STORAGE_DAMAGED', metadata: { path } }]);
  });

  test('fails where there is no journal, or one that is no log', async () => {
    writeFileSync(
      journalPath(path, 1),
      'no database at all, and long enough to be looked at'.repeat(40),
    );
    await expect(salvageStorage({ path })).rejects.toMatchObject({ reason: 'NOT_A_LOG' });
    rmSync(journalPath(path, 1));
    await expect(salvageStorage({ path })).rejects.toMatchObject({
      reason: 'STORAGE_DAMAGED',
      metadata: { path: journalPath(path, 1) },
    });
    const nowhere = join(makeFolder(), 'none.db');
    await expect(salvageStorage({ path: nowhere })).rejects.toMatchObject({
      reason: 'STORAGE_DAMAGED',
    });
  });
});

describe('any damage of a small storage', () => {
  /** Each bit of the records, and of what SQLite says around them, in steps that come to all parts. */
  test('[I9] of its journal’s file is found on opening, or changes nothing; never other edits', async () => {
    const whole = readFileSync(journalPath(path, 1));
    const wanted = ['s1', 's2', 's3', 's4', 's5'];
    let found = 0;
    const tries = 60;
    for (let index = 0; index < tries; index++) {
      const flipped = Buffer.from(whole);
      // Half of them where the records are: at the end of the last pages.
      const at = index % 2 === 0 ? (index * 7_919) % whole.length : whole.length - 1 - index * 5;
      flipped[at]! ^= 1 << (index % 8);
      writeFileSync(journalPath(path, 1), flipped);
      try {
        const client = await opened();
        const stations = client
          .table(StationSchema)
          .query()
          .rows.map(({ id }) => id);
        await client.close();
        expect(stations).toEqual(wanted);
      } catch (error) {
        expect((error as { code?: number }).code).toBeOneOf([
          Code.dataLoss,
          Code.failedPrecondition,
        ]);
        found++;
        const readable = await keys().catch(() => []);
        expect(wanted).toEqual(expect.arrayContaining(readable));
      }
    }
    expect(found).toBeGreaterThan(tries / 4);
  }, 120_000);

  test('[I9] by cutting its journal’s file short is found, wherever it is cut', async () => {
    const whole = readFileSync(journalPath(path, 1));
    for (let part = 1; part < 10; part++) {
      writeFileSync(
        journalPath(path, 1),
        whole.subarray(0, Math.floor((whole.length * part) / 10)),
      );
      await expect(opened()).rejects.toMatchObject({
        code: Code.dataLoss,
        reason: 'STORAGE_DAMAGED',
      });
    }
  }, 60_000);
});
