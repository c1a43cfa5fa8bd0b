/** `syncdb backup` and `syncdb restore`, with a server and clients that go through it. */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochOf } from '../../src/base/seq.ts';
import { writeBackup } from '../../src/cli/backup.ts';
import { restore } from '../../src/cli/restore.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { encodeBackup } from '../../src/log/backup-format.ts';
import { epochsIn } from '../../src/replica/epochs.ts';
import { safeSeq } from '../../src/replica/safe-points.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { runProgram } from '../support/program.ts';
import { putStations, type ServedFiles, serveFiles, stationsOf } from './support/station-files.ts';

const makeFolder = tempFolders();
const syncdb = (...args: string[]) => runProgram(['bin/syncdb.js', ...args]);

let folder: string;
let data: string;
let file: string;
let server: ServedFiles;

beforeEach(async () => {
  folder = makeFolder();
  data = join(folder, 'data');
  file = join(folder, 'main.syncdb-backup');
  server = await serveFiles(data);
});

afterEach(() => server.close());

async function serveAgain(): Promise<void> {
  server = await serveFiles(data);
}

describe('[I2] a restored backup', () => {
  it('is healed by the phones that know more, and nothing is silently erased', async () => {
    const ann = await server.client({ storage: sqliteStorage({ path: join(folder, 'ann') }) });
    const bob = await server.client({ replicaId: 'bob' });
    await putStations(ann, 'a-before');
    await putStations(bob, 'b-before');
    const { address } = server.running;
    const end = await syncdb('backup', '--server', address, '--to', file, '--name', 'nightly');
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toMatch(/^main up to commit 3: 7 blocks and 0 records, [\d,]+ bytes in /);
    expect(end.stdout).toMatch(/\nmarked as safe up to there, as nightly\n$/);
    expect(safeSeq(server.database.home.state)).toBe(3);

    await putStations(ann, 'a-after');
    await putStations(bob, 'b-after');
    await ann.synced();
    await server.close();
    // Bob's phone is gone for good, and so is the disk of the server.
    const again = await syncdb('restore', '--from', file, '--data', data, '--replace');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(
      'main is as of commit 3, 0 records behind the snapshot, and goes on in epoch 1',
    );
    expect(existsSync(`${join(data, 'main.syncdb')}.replaced-1`)).toBe(true);

    await serveAgain();
    const told: string[][] = [];
    const storage = () => sqliteStorage({ path: join(folder, 'ann') });
    const back = await server.client({
      storage: storage(),
      onQuarantined: (rows) => told.push(rows.map(({ key }) => key)),
    });
    await back.synced();
    expect(stationsOf(back)).toEqual(['a-after', 'a-before', 'b-before']);
    expect(back.quarantined.map(({ key, version }) => [key, version])).toEqual([['b-after', 6]]);
    expect(told).toEqual([['b-after']]);
    const [row] = back.quarantined;
    const released = back.release(row!);
    expect([released.found, back.release(row!).found]).toEqual([true, false]);
    await released.stored;
    await back.close();
    expect(() => back.release(row!)).toThrow(/closed/);
    const later = await server.client({ storage: storage() });
    expect(later.quarantined).toEqual([]);
    await later.close();
    const { state } = server.database.home;
    expect(epochOf(state.head)).toBe(1);
    expect(epochsIn(state)).toMatchObject([{ number: 1, forkedAt: 3 }]);
  });

  it('goes on above all epochs that there were', async () => {
    await writeBackup(encodeBackup(server.database.backup()), file);
    await server.close();
    await restore({ from: file, data, database: 'main', replace: true });
    await serveAgain();
    await server.close();
    await restore({ from: file, data, database: 'main', replace: true });
    await serveAgain();
    expect(epochOf(server.database.home.state.head)).toBe(2);
    await server.close();
    await restore({
      from: file,
      data: join(folder, 'other'),
      database: 'main',
      replace: false,
      epoch: 9,
    });
    data = join(folder, 'other');
    await serveAgain();
    expect(epochOf(server.database.home.state.head)).toBe(9);
  });

  it('has what was committed while it was made', async () => {
    const client = await server.client();
    await putStations(client, ...Array.from({ length: 50 }, (_, index) => `s${index}`));
    const pieces = encodeBackup(server.database.backup());
    const slow = async function* () {
      for await (const piece of pieces) {
        yield piece;
        await putStations(client, `during-${piece.length}`);
      }
    };
    const { records, seq } = await writeBackup(slow(), file);
    expect(records).toBeGreaterThan(0);
    expect(seq).toBeGreaterThan(51);
    const rows = stationsOf(client).length;
    await server.close();
    await restore({ from: file, data, database: 'main', replace: true });
    await serveAgain();
    const reader = await server.client();
    await reader.synced();
    expect(stationsOf(reader).length).toBeLessThanOrEqual(rows);
    expect(stationsOf(reader).length).toBe(seq - 1);
  });
});

describe('[I9] a backup that is no good', () => {
  it('is no file of that name where it was cut short', async () => {
    const pieces = async function* () {
      for await (const piece of encodeBackup(server.database.backup())) {
        yield piece;
        throw new Error('the line is gone');
      }
    };
    await expect(writeBackup(pieces(), file)).rejects.toThrow('the line is gone');
    expect(readdirSync(folder)).toEqual(['data']);
  });

  it('restores nothing, and leaves what is there', async () => {
    const client = await server.client();
    await putStations(client, 'a', 'b');
    await writeBackup(encodeBackup(server.database.backup()), file);
    await server.close();
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    const before = readdirSync(data);
    const options = { from: file, data, database: 'main', replace: true };
    await expect(restore(options)).rejects.toMatchObject({ reason: 'BACKUP_CORRUPT' });
    expect(readdirSync(data)).toEqual(before);
    await serveAgain();
    const reader = await server.client();
    await reader.synced();
    expect(stationsOf(reader)).toEqual(['a', 'b']);
  });

  it('is found out where whole frames do not follow each other', async () => {
    const client = await server.client();
    await putStations(client, 'a');
    const frames = async function* () {
      for await (const frame of server.database.backup()) {
        yield frame;
        if (frame.kind === 'header') await putStations(client, 'b', 'c');
      }
    };
    const all = [];
    for await (const frame of frames()) all.push(frame);
    const records = all.filter(({ kind }) => kind === 'record');
    expect(records).toHaveLength(2);
    await server.close();
    for (const left of [records[0], records[1]]) {
      const pieces = (async function* () {
        for (const frame of all) if (frame !== left) yield frame;
      })();
      await writeBackup(encodeBackup(pieces), file);
      const options = { from: file, data, database: 'main', replace: true };
      await expect(restore(options)).rejects.toMatchObject({ reason: 'BACKUP_CORRUPT' });
    }
    await serveAgain();
  });
});

it('a database that is there is not replaced unless that is said, in one line', async () => {
  await writeBackup(encodeBackup(server.database.backup()), file);
  copyFileSync(file, `${file}.2`);
  await server.close();
  const end = await syncdb('restore', '--from', file, '--data', data);
  expect(end.code).toBe(1);
  expect(end.stderr).toMatch(
    /^syncdb restore: \S+main\.syncdb is there already: pass --replace .*\n$/,
  );
  await serveAgain();
});

it('a server that is not there, or does not have the database, is one line', async () => {
  const { address } = server.running;
  const [none, other] = await Promise.all([
    syncdb('backup', '--server', '127.0.0.1:1', '--to', file),
    syncdb('backup', '--server', address, '--database', 'other', '--to', file),
  ]);
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toMatch(/^syncdb backup: [^\n]*\n$/);
  expect(other.stderr).toMatch(
    /^syncdb backup: database: there is no database "other" here[^\n]*\n$/,
  );
  expect(existsSync(file)).toBe(false);
});
