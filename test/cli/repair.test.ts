/** `syncdb verify` and `syncdb repair` on files that were damaged on purpose. */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { epochOf } from '../../src/base/seq.ts';
import { writeBackup } from '../../src/cli/backup.ts';
import { restore } from '../../src/cli/restore.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { encodeBackup } from '../../src/log/backup-format.ts';
import { createLogFile } from '../../src/log/create-log.ts';
import { readMeta, replaceMeta } from '../../src/log/log-file.ts';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { change, ruinPage } from '../log/support/damage.ts';
import { readWal, walParts } from '../log/support/killed-log.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { runProgram } from '../support/program.ts';
import { putStations, serveFiles, stationsOf } from './support/station-files.ts';

const makeFolder = tempFolders();

let data: string;
let log: string;
const syncdb = (command: string, ...args: string[]) =>
  runProgram(['bin/syncdb.js', command, '--data', data, ...args]);
/** Is killed before it renames or removes a file that `pattern` names. */
const repairKilledAt = (pattern: string) =>
  runProgram(['bin/syncdb.js', 'repair', '--data', data], {
    NODE_OPTIONS: `--import ${join(import.meta.dirname, 'support', 'kill-at.ts')}`,
    SYNCDB_TEST_KILL_AT: pattern,
  });

beforeEach(() => {
  data = join(makeFolder(), 'data');
  log = join(data, 'main.syncdb');
});

/** Names of the files in a folder, and what is in them. */
function contents(folder: string): string[][] {
  const names = readdirSync(folder).sort();
  return names.map((name) => [name, readFileSync(join(folder, name), 'hex')]);
}

/** Serves the folder, and stops when `use` is done. */
async function served<T>(use: (server: Awaited<ReturnType<typeof serveFiles>>) => Promise<T>) {
  const server = await serveFiles(data);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** Four stations by commits 2 to 5; perhaps with snapshots in between, of which one with a star ends behind the next commit. */
async function makeData(...snapshotsAfter: string[]): Promise<void> {
  const taken: { position: number; blocks: Uint8Array[] }[] = [];
  let open: Iterator<Uint8Array | undefined> | undefined;
  await served(async (server) => {
    const client = await server.client({ storage: sqliteStorage({ path: `${log}-phone` }) });
    for (const id of ['a', 'b', 'c', 'd']) {
      await putStations(client, id);
      for (let step = open?.next(); step?.done === false; step = open!.next())
        if (step.value !== undefined) taken.at(-1)!.blocks.push(step.value);
      open = undefined;
      const isFuzzy = snapshotsAfter.includes(`${id}*`);
      if (!isFuzzy && !snapshotsAfter.includes(id)) continue;
      const { home, source } = server.database;
      const gathering = home.gather(source.logId);
      const blocks = isFuzzy ? [gathering.next().value] : [...gathering];
      taken.push({
        position: home.state.head,
        blocks: blocks.filter((block) => block instanceof Uint8Array),
      });
      if (isFuzzy) open = gathering;
    }
  });
  const store = openSqliteSnapshotStore(`${log}-snapshots`);
  for (const { position, blocks } of taken) {
    const id = store.begin(position);
    for (const block of blocks) store.add(id, block);
    store.complete(id);
  }
  store.close();
}

/** The same, and the log has nothing before the older of two snapshots, which are of records 3 and 4. */
async function makeTrimmed(): Promise<void> {
  await makeData('b', 'c');
  const store = openSqliteStore(log);
  store.trim(3);
  store.close();
}

/** Leaves the log as a killed server does that wrote it in groups of so many commits: all are in the write-ahead log. */
function leaveInWal(groups: readonly number[]): Buffer {
  const written = openSqliteStore(log);
  const { id, head } = written;
  const records = [...written.read(0, head).records];
  written.close();
  const open = `${log}-open`;
  createLogFile(open, { id, trimmed: 0, epoch: 0 });
  const store = openSqliteStore(open);
  for (const count of groups) store.append(store.head, records.splice(0, count));
  for (const end of ['', '-wal']) copyFileSync(open + end, log + end);
  store.close();
  return readWal(log);
}

/** Has the log say that it ends there. */
function setHead(head: number, epoch = 0): void {
  const db = connectSqlite(log);
  replaceMeta(db, { ...readMeta(db, log), head, epoch });
  db.close();
}

const all = ['a', 'b', 'c', 'd'];

async function stationsServed(): Promise<{ ids: string[]; epoch: number }> {
  return served(async (server) => {
    const client = await server.client();
    await client.synced();
    return { ids: stationsOf(client), epoch: epochOf(server.database.home.state.head) };
  });
}

describe('[I9] of a sound database', () => {
  it('verify counts what there is, and repair does nothing', async () => {
    await makeData('b');
    const end = await syncdb('verify');
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toBe(
      `${log}: 5 sound records, from 1 to 5\n${log}-snapshots: the snapshot of record 3: 7 sound blocks\n`,
    );
    const files = readdirSync(data);
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(`${log}: nothing to repair\n`);
    expect(readdirSync(data)).toEqual(files);
  });
});

describe('[I9] of a log with a damaged record', () => {
  const damage = () => change(log, "UPDATE records SET bytes = x'00' WHERE position = 3");

  it('it is named, never served, and all behind it is lost, by name; the phone that wrote it heals it', async () => {
    await makeData();
    damage();
    const end = await syncdb('verify');
    expect(end).toMatchObject({ code: 1 });
    expect(end.stdout).toContain(`${log}: record 3: its checksum is wrong\n`);
    expect(end.stderr).toMatch(/^syncdb verify: 1 problem: [^\n]*\n$/);
    await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'LOG_CORRUPT' });

    const repaired = await syncdb('repair');
    expect(repaired).toMatchObject({ code: 0, stderr: '' });
    for (const line of [
      'ends at record 2 now',
      'lost: record 3 (its checksum is wrong)',
      'lost: records 4 to 5 (it is sound, and what is before it is not)',
      `the damaged file is ${log}.damaged-1 now`,
      `3 of the lost records can be read: ${log}.salvage-1`,
      'goes on in epoch 1; replicas that know later commits push their own again',
    ]) {
      expect(repaired.stdout).toContain(`${log}: ${line}\n`);
    }
    expect(await stationsServed()).toEqual({ ids: ['a'], epoch: 1 });
    await served(async (server) => {
      const phone = await server.client({ storage: sqliteStorage({ path: `${log}-phone` }) });
      await phone.synced();
      expect(stationsOf(phone)).toEqual(['a', 'b', 'c', 'd']);
    });
    expect((await stationsServed()).ids).toEqual(['a', 'b', 'c', 'd']);
  });

  it('nothing is lost where a snapshot has what the record made', async () => {
    await makeData('b');
    damage();
    // A start does not even look at it.
    expect(await stationsServed()).toEqual({ ids: ['a', 'b', 'c', 'd'], epoch: 0 });
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(
      `${log}: begins behind record 3 now: a snapshot has what came before\n${log}: no commit is lost\n`,
    );
    expect((await syncdb('verify')).code).toBe(0);
    expect(await stationsServed()).toEqual({ ids: ['a', 'b', 'c', 'd'], epoch: 0 });
  });

  it('a snapshot from before it is no help', async () => {
    await makeData('a');
    damage();
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(`${log}: ends at record 2 now\n`);
    expect(await stationsServed()).toEqual({ ids: ['a'], epoch: 1 });
  });
});

describe('[I9] of a record that is another commit’s', () => {
  it('is found by the chain, though its checksum is right', async () => {
    await makeData();
    const other = data;
    data = join(makeFolder(), 'data');
    log = join(data, 'main.syncdb');
    await makeData();
    change(
      log,
      `ATTACH '${join(other, 'main.syncdb')}' AS other;
       UPDATE records SET bytes = (SELECT bytes FROM other.records WHERE position = 4),
         crc = (SELECT crc FROM other.records WHERE position = 4) WHERE position = 4`,
    );
    const end = await syncdb('verify');
    expect(end.stdout).toContain(
      `${log}: records 4 to 5: it does not follow the record before it\n`,
    );
    expect(end.code).toBe(1);
  });
});

describe('[I9] damage where a snapshot stands in its middle', () => {
  it('costs what is behind the snapshot, and nothing before it', async () => {
    await makeData('b');
    change(log, "UPDATE records SET bytes = x'00' WHERE position BETWEEN 2 AND 4");
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(`${log}: lost: record 4 (its checksum is wrong)\n`);
    expect(repaired.stdout).toContain(`${log}: begins behind record 3 now`);
    expect(await stationsServed()).toEqual({ ids: ['a', 'b'], epoch: 1 });
  });
});

describe('[I9] a log that lost its end', () => {
  it('goes on behind the snapshot that has it, in a new epoch', async () => {
    await makeData('c');
    change(log, 'DELETE FROM records WHERE position > 2');
    setHead(2);
    const end = await syncdb('verify');
    expect(end).toMatchObject({ code: 1 });
    expect(end.stdout).toContain(`${log}: ends at record 2, and a snapshot has up to 4\n`);
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(`${log}: ends at record 4 now\n`);
    expect(repaired.stdout).toContain(`${log}: goes on in epoch 1;`);
    expect((await syncdb('verify')).code).toBe(0);
    expect(await stationsServed()).toEqual({ ids: ['a', 'b', 'c'], epoch: 1 });
  });
});

describe('[I9] of a log that begins behind a snapshot', () => {
  beforeEach(makeTrimmed);

  it('a lost page with its id costs nothing: the snapshots have that', async () => {
    const root = "SELECT rootpage AS page FROM sqlite_schema WHERE name = 'meta'";
    const db = connectSqlite(log);
    const { page } = db.prepare<{ page: number }>(root).get()!;
    db.close();
    ruinPage(log, page);
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(`${log}: no commit is known to be lost, and`);
    expect(repaired.stdout).not.toContain('new id');
    expect((await syncdb('verify')).code).toBe(0);
    expect(await stationsServed()).toEqual({ ids: all, epoch: 1 });
  });

  it('a damaged header of the snapshots costs nothing, and no start moves them away', async () => {
    change(`${log}-snapshots`, 'PRAGMA application_id = 7');
    await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'NOT_SNAPSHOTS' });
    const end = await syncdb('verify');
    expect(end).toMatchObject({ code: 1 });
    expect(end.stdout).toContain(`${log}: 2 sound records, from 4 to 5\n`);
    expect(end.stdout).toContain('it does not say that it has snapshots');
    expect(await syncdb('repair')).toMatchObject({ code: 0 });
    expect((await syncdb('verify')).code).toBe(0);
    expect(await stationsServed()).toEqual({ ids: all, epoch: 0 });
  });

  it.each<[string, (path: string) => void]>([
    ['are missing', (path) => rmSync(path)],
    ['are damaged', (path) => change(path, "UPDATE blocks SET bytes = x'00'")],
    ['are something else', (path) => writeFileSync(path, 'x'.repeat(9_000))],
  ])(
    'verify and repair both fail where all snapshots %s, say what is lost, and change nothing',
    async (_, damage) => {
      damage(`${log}-snapshots`);
      const before = contents(data);
      const lost = 'begins behind record 3, and no snapshot can be used with it';
      const end = await syncdb('verify');
      expect(end).toMatchObject({ code: 1 });
      expect(end.stdout).toContain(`${log}: ${lost}`);
      const repaired = await syncdb('repair');
      expect(repaired).toMatchObject({ code: 1 });
      expect(repaired.stderr).toContain(`syncdb repair: ${log}: ${lost}`);
      expect(contents(data)).toEqual(before);
      await expect(serveFiles(data)).rejects.toBeInstanceOf(SyncError);
    },
  );

  it('[I2] a repair of the snapshots that is killed is finished by the next, and by nobody else', async () => {
    change(
      `${log}-snapshots`,
      "UPDATE blocks SET bytes = x'00' WHERE place = (SELECT max(place) FROM blocks)",
    );
    expect((await repairKilledAt('damaged-1$')).code).toBeNull();
    await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'SNAPSHOT_CORRUPT' });
    expect(existsSync(`${log}-snapshots`)).toBe(true);
    // As if it had been killed one step later.
    renameSync(`${log}-snapshots`, `${log}-snapshots.damaged-1`);
    const end = await syncdb('verify');
    expect(end).toMatchObject({ code: 1 });
    expect(end.stdout).toContain(`${log}-snapshots: its exchange was cut short`);
    expect(await syncdb('repair')).toMatchObject({ code: 0 });
    expect((await syncdb('verify')).code).toBe(0);
    expect(await stationsServed()).toEqual({ ids: all, epoch: 0 });
  });
});

describe('[I9] of a log that is gone', () => {
  const gone: [string, () => void][] = [
    ['is not there', () => rmSync(log)],
    ['is empty', () => writeFileSync(log, '')],
  ];

  it.each(gone)(
    'and %s, verify says what snapshots have, and repair goes on from there; phones push what came later',
    async (how, lose) => {
      await makeData('b', 'c');
      lose();
      const end = await syncdb('verify');
      expect(end).toMatchObject({ code: 1 });
      expect(end.stdout).toContain(`${log}: it ${how}\n`);
      expect(end.stdout).toContain('ends at record 0, and a snapshot has up to 4\n');
      await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'LOG_MISSING' });

      const repaired = await syncdb('repair');
      expect(repaired).toMatchObject({ code: 0, stderr: '' });
      expect(repaired.stdout).toContain(`${log}: begins behind record 4 now`);
      expect(repaired.stdout).toContain('nobody knows whether there were any behind record 4\n');
      expect(repaired.stdout).toContain(`${log}: goes on in epoch 1;`);
      expect((await syncdb('verify')).code).toBe(0);
      expect(await stationsServed()).toEqual({ ids: ['a', 'b', 'c'], epoch: 1 });
      await served(async (server) => {
        const phone = await server.client({ storage: sqliteStorage({ path: `${log}-phone` }) });
        await phone.synced();
      });
      expect(await stationsServed()).toEqual({ ids: all, epoch: 1 });
    },
  );

  it('and the newest snapshot needs it, what that knows of is lost, by name, and it is kept', async () => {
    await makeData('b', 'c*');
    rmSync(log);
    const repaired = await syncdb('repair');
    expect(repaired).toMatchObject({ code: 0, stderr: '' });
    const left =
      'may be all that is left of what is lost: it is kept in the file that is put aside';
    for (const line of [
      `${log}-snapshots: the snapshot of record 4 cannot be used: it needs the records up to 5, and the log ends at 0`,
      `${log}: ends at record 3 now`,
      `${log}: lost: records 4 to 5 (a snapshot knows of them)`,
      `${log}: no other commit is known to be lost, and nobody knows whether there were any behind record 5`,
      `${log}-snapshots: the snapshot of record 4 ${left}`,
      `${log}-snapshots: the damaged file is ${log}-snapshots.damaged-1 now`,
    ]) {
      expect(repaired.stdout).toContain(`${line}\n`);
    }
    const end = await syncdb('verify');
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout).not.toContain('the snapshot of record 4');
    expect(await stationsServed()).toEqual({ ids: ['a', 'b'], epoch: 1 });
    const kept = openSqliteSnapshotStore(`${log}-snapshots.damaged-1`);
    expect(kept.list().map(({ position }) => position)).toEqual([4, 3]);
    kept.close();
  });

  it.each(gone)('and %s, without a snapshot nothing is made in its place', async (_, lose) => {
    await makeData();
    rmSync(`${log}-snapshots`);
    lose();
    const wasThere = existsSync(log);
    await syncdb('repair');
    expect(existsSync(log)).toBe(wasThere);
    expect(readdirSync(data).filter((name) => name.includes('repaired'))).toEqual([]);
  });

  it.each([...gone, ['has one byte', () => writeFileSync(log, 'x')] as const])(
    'and %s, a write-ahead log that is left of it is never removed, and a restore keeps it aside',
    async (_, lose) => {
      await makeData();
      const backup = join(data, '..', 'backup');
      await served(({ database }) => writeBackup(encodeBackup(database.backup()), backup));
      rmSync(`${log}-snapshots`);
      lose();
      writeFileSync(`${log}-wal`, 'commits');
      const before = contents(data);
      const problem = `${log}-wal is damaged: the file that it belongs to is empty or missing`;
      const end = await syncdb('verify');
      expect(end).toMatchObject({ code: 1 });
      expect(end.stdout).toContain(problem);
      expect(await syncdb('repair')).toMatchObject({ code: 1, stdout: '' });
      expect((await syncdb('repair')).stderr).toContain(problem);
      await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'LOG_CORRUPT' });
      const options = { from: backup, data, database: 'main', replace: true };
      await expect(restore({ ...options, replace: false })).rejects.toMatchObject({
        reason: 'DATABASE_EXISTS',
      });
      await expect(restore(options)).rejects.toMatchObject({ reason: 'EPOCH_UNKNOWN' });
      expect(contents(data)).toEqual(before);

      const restored = await syncdb('restore', '--from', backup, '--replace', '--epoch', '3');
      expect(restored.stdout).toContain(`${log}-wal is ${log}.replaced-1-wal now\n`);
      expect(readFileSync(`${log}.replaced-1-wal`, 'utf8')).toBe('commits');
      expect(await stationsServed()).toEqual({ ids: all, epoch: 3 });
    },
  );
});

describe('[I9] of a log with a damaged write-ahead log', () => {
  it('verify and repair say how many groups are lost, and that all behind the last that is sound is', async () => {
    await makeData();
    const wal = leaveInWal([1, 2, 1, 1]);
    wal[walParts(wal)[1]! + 100]! ^= 1;
    writeFileSync(`${log}-wal`, wal);
    const problem = `${log}-wal: frame 2 of it is not what was written, so 3 groups of records from there on cannot be read`;
    const end = await syncdb('verify');
    expect(end).toMatchObject({ code: 1 });
    expect(end.stdout).toContain(`${log}: record 2 and all behind it: ${problem}\n`);
    await expect(serveFiles(data)).rejects.toMatchObject({ reason: 'LOG_CORRUPT' });
    const repaired = await syncdb('repair');
    expect(repaired).toMatchObject({ code: 0 });
    expect(repaired.stdout).toContain(`${log}: ends at record 1 now\n`);
    expect(repaired.stdout).toContain(`${log}: lost: record 2 and all behind it (${problem})\n`);
    expect(repaired.stdout).toContain(`${log}: goes on in epoch 1;`);
    expect(readWal(`${log}.damaged-1`).equals(wal)).toBe(true);
    expect(await stationsServed()).toEqual({ ids: [], epoch: 1 });
  });
});

describe('[I9] of snapshots of which only the write-ahead log is left', () => {
  it.each<[string, (path: string) => void]>([
    ['not there', (path) => rmSync(path)],
    ['empty', (path) => writeFileSync(path, '')],
  ])(
    'beside a file that is %s, verify says so and changes nothing, and repair keeps it',
    async (_, lose) => {
      await makeData('b');
      const snapshots = `${log}-snapshots`;
      lose(snapshots);
      writeFileSync(`${snapshots}-wal`, 'blocks');
      const before = contents(data);
      const end = await syncdb('verify');
      expect(end).toMatchObject({ code: 1 });
      expect(end.stdout).toContain(`${snapshots}-wal is damaged: the file that it belongs to`);
      expect(contents(data)).toEqual(before);
      expect(await syncdb('repair')).toMatchObject({ code: 0 });
      expect(readFileSync(`${snapshots}.damaged-1-wal`, 'utf8')).toBe('blocks');
      expect(await stationsServed()).toEqual({ ids: all, epoch: 0 });
    },
  );

  it('a start keeps it too', async () => {
    await makeData('b');
    writeFileSync(`${log}-snapshots`, '');
    writeFileSync(`${log}-snapshots-wal`, 'blocks');
    expect((await stationsServed()).ids).toEqual(all);
    expect(readFileSync(`${log}-snapshots.damaged-1-wal`, 'utf8')).toBe('blocks');
  });
});

describe('[I9] of a log of which nothing can be read', () => {
  const flip = (path: string, byte: number) => {
    const bytes = readFileSync(path);
    bytes[byte]! ^= 1;
    writeFileSync(path, bytes);
  };
  const damages: [string, () => void][] = [
    ['the header of its tables', () => flip(log, 100)],
    ['its first page', () => ruinPage(log, 1)],
    ['all of it', () => writeFileSync(log, 'x'.repeat(40_000))],
  ];

  it.each(damages)(
    'since %s is damaged, verify says what snapshots have, and repair goes on from there and keeps it',
    async (_, damage) => {
      await makeData('b', 'c');
      damage();
      const damaged = readFileSync(log);
      const before = contents(data);
      const end = await syncdb('verify');
      expect(end).toMatchObject({ code: 1 });
      expect(end.stdout).toContain(`${log}: nothing of it can be read (${log} is`);
      expect(end.stdout).toContain('and a snapshot has up to 4\n');
      expect(contents(data)).toEqual(before);

      const repaired = await syncdb('repair');
      expect(repaired).toMatchObject({ code: 0, stderr: '' });
      expect(repaired.stdout).toContain('nobody knows whether there were any behind record 4\n');
      expect(repaired.stdout).toContain(`${log}: the damaged file is ${log}.damaged-1 now\n`);
      expect(repaired.stdout).toContain(`${log}: goes on in epoch 1;`);
      expect(readFileSync(`${log}.damaged-1`).equals(damaged)).toBe(true);
      expect((await syncdb('verify')).code).toBe(0);
      expect(await stationsServed()).toEqual({ ids: ['a', 'b', 'c'], epoch: 1 });
    },
  );

  it('and without a whole snapshot both fail, and change nothing', async () => {
    await makeData();
    writeFileSync(log, 'x'.repeat(40_000));
    const before = contents(data);
    const problem = `${log} is not a SyncDB log\n`;
    expect(await syncdb('verify')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(problem),
    });
    expect(await syncdb('repair')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(problem),
    });
    expect(contents(data)).toEqual(before);
  });

  it('but for one bit of the header of its file nothing is lost, with or without a snapshot', async () => {
    await makeData();
    flip(log, 3);
    expect((await syncdb('verify')).code).toBe(1);
    const repaired = await syncdb('repair');
    expect(repaired).toMatchObject({ code: 0 });
    expect(repaired.stdout).toContain(`${log}: the header that SQLite reads is damaged\n`);
    expect(repaired.stdout).toContain(`${log}: no commit is lost\n`);
    expect((await syncdb('verify')).code).toBe(0);
    expect(await stationsServed()).toEqual({ ids: all, epoch: 0 });
  });
});

describe('[I2] a repair that is killed', () => {
  it.each(['rename .*main.syncdb .*damaged-1$', 'repaired .*main.syncdb$', 'rm .*repairing$'])(
    'before %s is finished by the next, which says all of what is lost',
    async (pattern) => {
      await makeData();
      change(log, "UPDATE records SET bytes = x'00' WHERE position = 3");
      expect((await repairKilledAt(pattern)).code).toBeNull();
      const repaired = await syncdb('repair');
      expect(repaired.stdout).toContain(`${log}: lost: record 3 (its checksum is wrong)\n`);
      expect(repaired.stdout).toContain(`${log}: goes on in epoch 1;`);
      expect(repaired.stdout).toContain(`${log}.salvage-1\n`);
      expect(await stationsServed()).toEqual({ ids: ['a'], epoch: 1 });
    },
  );

  it('goes on in an epoch also where an older version began it, which kept nothing of what it lost', async () => {
    await makeData();
    change(log, "UPDATE records SET bytes = x'00' WHERE position = 3");
    await repairKilledAt('damaged-1$');
    writeFileSync(`${log}.repairing`, 'main.syncdb.damaged-1');
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(`${log}: goes on in epoch 2;`);
    expect(await stationsServed()).toEqual({ ids: ['a'], epoch: 2 });
  });
});

describe('[I2] of a log with a head that is older than its records', () => {
  it('nothing is lost', async () => {
    await makeData();
    setHead(2);
    const repaired = await syncdb('repair');
    expect(repaired.stdout).toContain(`${log}: its head is 2, and its records go on to 5\n`);
    expect(repaired.stdout).toContain(`${log}: no commit is lost\n`);
    expect(await stationsServed()).toEqual({ ids: all, epoch: 0 });
  });
});

it('[I9] a snapshot of another log makes up for nothing', async () => {
  await makeData('d');
  const other = `${log}-snapshots`;
  data = join(makeFolder(), 'data');
  log = join(data, 'main.syncdb');
  await makeData();
  copyFileSync(other, `${log}-snapshots`);
  change(log, "UPDATE records SET bytes = x'00' WHERE position = 3");
  const repaired = await syncdb('repair');
  expect(repaired.stdout).toContain('cannot be used: it is of another log\n');
  expect(repaired.stdout).toContain(`${log}: ends at record 2 now\n`);
  expect(await stationsServed()).toEqual({ ids: ['a'], epoch: 1 });
});

it('[I2] an epoch that is lost is not given again', async () => {
  await makeData();
  expect((await syncdb('repair', '--epoch', '1')).code).toBe(0);
  expect((await stationsServed()).epoch).toBe(1);
  setHead(6, 0);
  change(log, "UPDATE records SET bytes = x'00' WHERE position = 3");
  expect((await syncdb('repair')).stdout).toContain(`${log}: goes on in epoch 2;`);
  expect(await stationsServed()).toEqual({ ids: ['a'], epoch: 2 });
});

it('an epoch can be begun on a sound database, above all that are known', async () => {
  await makeData('b');
  const refused = await syncdb('repair', '--epoch', '8192');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toBe(
    'syncdb repair: epoch: must be 1 to 8191: what is here knows of epochs up to 0\n',
  );
  const begun = await syncdb('repair', '--epoch', '7');
  expect(begun.stdout).toContain(`${log}: goes on in epoch 7;`);
  expect(await stationsServed()).toEqual({ ids: all, epoch: 7 });
  expect((await syncdb('repair', '--epoch', '7')).code).toBe(1);
});

it('of an empty file with nothing beside it verify and repair say the same, and do not call it damaged', async () => {
  await makeData();
  for (const end of ['', '-snapshots']) rmSync(log + end);
  writeFileSync(log, '');
  for (const command of ['verify', 'repair']) {
    expect(await syncdb(command)).toEqual({
      code: 0,
      stdout: `${log}: is empty, and nothing beside it shows that it ever had anything\n`,
      stderr: '',
    });
  }
  expect((await stationsServed()).ids).toEqual([]);
});

it('snapshots that cannot be read are put aside where the log has everything', async () => {
  await makeData('b');
  writeFileSync(`${log}-snapshots`, 'x'.repeat(9_000));
  expect((await syncdb('verify')).stdout).toContain('is not a file of SyncDB snapshots\n');
  const repaired = await syncdb('repair');
  expect(repaired).toMatchObject({ code: 0 });
  expect(repaired.stdout).toContain(
    `${log}-snapshots: the damaged file is ${log}-snapshots.damaged-1 now\n`,
  );
  expect((await syncdb('verify')).code).toBe(0);
  expect((await stationsServed()).ids).toEqual(all);
});

it('a damaged snapshot is named, and put aside', async () => {
  await makeData('b');
  change(
    `${log}-snapshots`,
    "UPDATE blocks SET bytes = x'00' WHERE rowid = (SELECT min(rowid) + 1 FROM blocks)",
  );
  const end = await syncdb('verify');
  expect(end.code).toBe(1);
  expect(end.stdout).toContain(
    `${log}-snapshots: the snapshot of record 3: 1 of 7 blocks are damaged`,
  );
  const repaired = await syncdb('repair');
  expect(repaired.stdout).toContain(
    `${log}-snapshots: the damaged file is ${log}-snapshots.damaged-1 now\n`,
  );
  expect((await syncdb('verify')).code).toBe(0);
  expect((await stationsServed()).ids).toEqual(['a', 'b', 'c', 'd']);
});
