/** `syncdb backup` and `syncdb restore`, with a server and clients that go through it. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminServiceClient } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { epochOf } from '../../src/base/seq.ts';
import { writeBackup } from '../../src/cli/backup.ts';
import { type RestoreOptions, restore } from '../../src/cli/restore.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { encodeBackup } from '../../src/log/backup-format.ts';
import { epochsIn } from '../../src/replica/epochs.ts';
import { safeSeq } from '../../src/replica/safe-points.ts';
import { change, ruinPage } from '../log/support/damage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { runProgram } from '../support/program.ts';
import { putStations, type ServedFiles, serveFiles, stationsOf } from './support/station-files.ts';

const makeFolder = tempFolders();
const syncdb = (...args: string[]) => runProgram(['bin/syncdb.js', ...args]);
const restoreKilledAt = (pattern: string) =>
  runProgram(['bin/syncdb.js', 'restore', '--from', file, '--data', data, '--replace'], {
    NODE_OPTIONS: `--import ${join(import.meta.dirname, 'support', 'kill-at.ts')}`,
    SYNCDB_TEST_KILL_AT: pattern,
  });
const restored = (options: Partial<RestoreOptions> = {}) =>
  restore({ from: file, data, database: 'main', replace: true, ...options });

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

/** Names of the files in a folder, and what is in them. */
function contents(of: string): string[][] {
  const names = readdirSync(of).sort();
  return names.map((name) => [name, readFileSync(join(of, name), 'hex')]);
}

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
    expect(end.stdout).toMatch(/^main up to record 3: 7 blocks and 0 records, [\d,]+ bytes in /);
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
      'main is as of record 3, 0 of them behind the snapshot, and goes on in epoch 1',
    );
    expect(existsSync(`${join(data, 'main.syncdb')}.replaced-1`)).toBe(true);

    await serveAgain();
    const told: string[][] = [];
    const storage = () => sqliteStorage({ path: join(folder, 'ann') });
    const back = await server.client({
      storage: storage(),
      on: { quarantined: (rows) => told.push(rows.map(({ key }) => key)) },
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
    const sound = readFileSync(file);
    const before = contents(data);
    const { length } = sound;
    const flipped = (offset: number, bit: number) => {
      const bytes = Buffer.from(sound);
      bytes[offset]! ^= 1 << bit;
      return bytes;
    };
    const damaged = [
      ...Array.from({ length: 24 }, (_, at) => flipped(Math.floor((at * length) / 24), at % 8)),
      ...[0, 1, length >> 1, length - 1].map((end) => sound.subarray(0, end)),
      Buffer.concat([sound, sound]),
    ];
    for (const bytes of damaged) {
      writeFileSync(file, bytes);
      const reason = expect.stringMatching(/^BACKUP_(CORRUPT|VERSION)$/);
      await expect(restored()).rejects.toMatchObject({ reason });
      expect(contents(data)).toEqual(before);
    }
    await serveAgain();
    const reader = await server.client();
    await reader.synced();
    expect(stationsOf(reader)).toEqual(['a', 'b']);
  });

  it.each([
    ['is not there', () => join(folder, 'mistyped'), 'ENOENT: no such file or directory'],
    ['is a folder', () => folder, 'EISDIR: illegal operation on a directory'],
  ])('that %s is one line that names it', async (_, from, problem) => {
    const end = await syncdb('restore', '--from', from(), '--data', join(folder, 'new'));
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toMatch(/^syncdb restore: [^\n]*\n$/);
    expect(end.stderr).toContain(problem);
    expect(end.stderr).toContain(from());
  });

  it('makes no folder where its name is mistyped', async () => {
    const options = { from: join(folder, 'mistyped'), data: join(folder, 'new') };
    await expect(restored(options)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual(['data']);
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

describe('[I2] the epoch of a restored database', () => {
  beforeEach(async () => {
    await putStations(await server.client(), 'a', 'b');
    await writeBackup(encodeBackup(server.database.backup()), file);
  });

  it('is checked where a person says it: above all that are known, and one that there is', async () => {
    await server.close();
    await restored();
    await serveAgain();
    await server.close();
    const before = readdirSync(data).sort();
    for (const epoch of [1, 8_192, 100_000]) {
      await expect(restored({ epoch })).rejects.toMatchObject({ reason: 'BAD_EPOCH' });
    }
    expect(readdirSync(data).sort()).toEqual(before);
    await restored({ epoch: 8_191 });
    await serveAgain();
    expect(epochOf(server.database.home.state.head)).toBe(8_191);
    await server.close();
    await expect(restored()).rejects.toMatchObject({ reason: 'EPOCHS_EXHAUSTED' });
    await serveAgain();
  });

  it('is read of a damaged log, as far as it can be', async () => {
    await server.close();
    await restored();
    await serveAgain();
    await server.close();
    const log = join(data, 'main.syncdb');
    change(
      log,
      "UPDATE records SET bytes = x'00' WHERE position = (SELECT max(position) FROM records)",
    );
    // What cannot be read may have begun one.
    await restored();
    await serveAgain();
    expect(epochOf(server.database.home.state.head)).toBe(3);
  });

  it('is asked for where a log cannot tell it, with the newest that the other files know', async () => {
    await server.close();
    await restored();
    await serveAgain();
    await server.close();
    const log = join(data, 'main.syncdb');
    ruinPage(log, 1);
    const before = readdirSync(data).sort();
    const end = await syncdb('restore', '--from', file, '--data', data, '--replace');
    expect(end).toMatchObject({ code: 1 });
    expect(end.stderr).toMatch(/too damaged to tell which epochs .*: pass --epoch .*up to 0,/);
    expect(readdirSync(data).sort()).toEqual(before);
    await expect(restored({ epoch: 8_192 })).rejects.toMatchObject({ reason: 'BAD_EPOCH' });
    await restored({ epoch: 5 });
    await serveAgain();
    expect(epochOf(server.database.home.state.head)).toBe(5);
  });

  it('may be given twice where no log is there to tell, which is said; a person begins one above', async () => {
    const storage = () => sqliteStorage({ path: join(folder, 'ann') });
    await server.close();
    await restored();
    await restored();
    await serveAgain();
    const ann = await server.client({ storage: storage() });
    await putStations(ann, 'a-elsewhere');
    await server.close();
    data = join(folder, 'new');
    const end = await syncdb('restore', '--from', file, '--data', data);
    expect(end.stdout).toMatch(/\nno log was here to tell which epochs [^\n]*--epoch[^\n]*\n$/);
    await serveAgain();
    const blocked = await server.client({ storage: storage() });
    await expect(blocked.synced()).rejects.toMatchObject({
      reason: 'CURSOR_AHEAD',
      message: expect.stringContaining('syncdb repair --epoch 3'),
    });
    await server.close();
    expect((await syncdb('repair', '--data', data, '--epoch', '3')).code).toBe(0);
    await serveAgain();
    const back = await server.client({ storage: storage() });
    await back.synced();
    expect(stationsOf(back)).toEqual(['a', 'a-elsewhere', 'b']);
  });
});

describe('[I2] a restore that is killed', () => {
  beforeEach(async () => {
    const client = await server.client();
    await putStations(client, 'a', 'b');
    await writeBackup(encodeBackup(server.database.backup()), file);
    await putStations(client, 'c');
  });

  it.each([
    ['before anything counts', 'repairing$', false],
    ['when it has put nothing aside', 'rename .*main.syncdb .*replaced-1$', true],
    ['when the log is aside', 'rename .*main.syncdb.restoring', true],
    ['when the snapshots are aside', 'rename .*snapshots.restoring', true],
    ['when all is done but to say so', 'rm .*repairing$', true],
  ])(
    '%s leaves the old database or is finished by a repair: never another',
    async (_, at, counts) => {
      await server.close();
      expect((await restoreKilledAt(at)).code).toBeNull();
      if (counts) {
        await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'LOG_CORRUPT' });
        const end = await syncdb('repair', '--data', data);
        expect(end).toMatchObject({ code: 0 });
        expect(end.stdout).toContain('goes on in epoch 1\n');
      }
      await serveAgain();
      const reader = await server.client();
      await reader.synced();
      expect(stationsOf(reader)).toEqual(counts ? ['a', 'b'] : ['a', 'b', 'c']);
      expect(epochOf(server.database.home.state.head)).toBe(counts ? 1 : 0);
    },
  );

  it('is finished by the next restore, which goes on in an epoch above', async () => {
    await server.close();
    expect((await restoreKilledAt('rename .*main.syncdb.restoring')).code).toBeNull();
    const end = await syncdb('restore', '--from', file, '--data', data, '--replace');
    expect(end.stdout).toContain('goes on in epoch 1\n');
    expect(end.stdout).toContain('goes on in epoch 2\n');
    await serveAgain();
    expect(epochsIn(server.database.home.state)).toMatchObject([{ number: 2 }]);
  });
});

describe('[I2] a database that somebody has open', () => {
  it('is not restored, with or without an epoch, and nothing of it is moved', async () => {
    await putStations(await server.client(), 'a');
    await writeBackup(encodeBackup(server.database.backup()), file);
    const before = readdirSync(data).sort();
    for (const epoch of [{}, { epoch: 7 }]) {
      await expect(restored(epoch)).rejects.toMatchObject({ reason: 'LOG_LOCKED' });
    }
    expect(readdirSync(data).sort()).toEqual(before);
    const client = await server.client();
    await putStations(client, 'b');
    await server.close();
    await serveAgain();
    const reader = await server.client();
    await reader.synced();
    expect(stationsOf(reader)).toEqual(['a', 'b']);
  });

  /** A restore that has begun and waits for its backup, which `end` gives to it. */
  async function begunRestore(options: Partial<RestoreOptions>) {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const restoring = restored({ ...options, from: pipe });
    const made = join(data, 'main.syncdb-snapshots.restoring');
    await vi.waitFor(() => expect(existsSync(made)).toBe(true));
    return {
      end: async () => {
        await writeFile(pipe, readFileSync(file));
        await restoring;
      },
    };
  }

  it('cannot be opened while it is restored, nor restored twice at a time', async () => {
    await writeBackup(encodeBackup(server.database.backup()), file);
    await server.close();
    const { end } = await begunRestore({});
    await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'LOG_LOCKED' });
    await expect(restored()).rejects.toMatchObject({ reason: 'SNAPSHOTS_LOCKED' });
    await expect(restored({ from: 'mistyped' })).rejects.toMatchObject({ code: 'ENOENT' });
    await end();
    await serveAgain();
    expect(epochOf(server.database.home.state.head)).toBe(1);
  });

  it('is not replaced where it was begun meanwhile', async () => {
    await writeBackup(encodeBackup(server.database.backup()), file);
    data = join(folder, 'new');
    const { end } = await begunRestore({ replace: false });
    const begun = await serveFiles(data);
    await putStations(await begun.client(), 'new');
    await expect(end()).rejects.toMatchObject({ reason: 'DATABASE_EXISTS' });
    const left = readdirSync(data).filter((name) => /restoring|repairing|replaced/.test(name));
    expect(left).toEqual([]);
    await begun.close();
  });
});

it('[I2] MarkSafe refuses a seq of a history that was lost', async () => {
  const client = await server.client();
  await putStations(client, 'a');
  await writeBackup(encodeBackup(server.database.backup()), file);
  await putStations(client, 'b');
  const lost = server.database.home.state.head;
  await server.close();
  await restored();
  await serveAgain();
  const admin = new AdminServiceClient(server.running.address, credentials.createInsecure());
  const mark = (seq: number) =>
    new Promise((resolve) => {
      const request = { database: 'main', name: 'x', seq: BigInt(seq) };
      admin.markSafe(request, (error) => resolve(error === null ? 'marked' : error.details));
    });
  expect(await mark(lost)).toContain('must be of a commit');
  expect(await mark(lost - 1)).toBe('marked');
  expect(await mark(server.database.home.state.head)).toBe('marked');
  admin.close();
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
