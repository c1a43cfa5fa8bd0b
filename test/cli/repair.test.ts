/** `syncdb verify` and `syncdb repair` on files that were damaged on purpose. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { epochOf } from '../../src/base/seq.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { openSqliteSnapshotStore } from '../../src/log/sqlite-snapshot-store.ts';
import { change } from '../log/support/damage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { runProgram } from '../support/program.ts';
import { putStations, serveFiles, stationsOf } from './support/station-files.ts';

const makeFolder = tempFolders();

let data: string;
let log: string;
const syncdb = (command: string) => runProgram(['bin/syncdb.js', command, '--data', data]);

beforeEach(() => {
  data = join(makeFolder(), 'data');
  log = join(data, 'main.syncdb');
});

/** Serves the folder, and stops when `use` is done. */
async function served<T>(use: (server: Awaited<ReturnType<typeof serveFiles>>) => Promise<T>) {
  const server = await serveFiles(data);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** Four stations by commits 2 to 5; perhaps with a snapshot in between. */
async function makeData(snapshotAfter?: string): Promise<void> {
  await served(async (server) => {
    const client = await server.client({ storage: sqliteStorage({ path: `${log}-phone` }) });
    for (const id of ['a', 'b', 'c', 'd']) {
      await putStations(client, id);
      if (id !== snapshotAfter) continue;
      const { home } = server.database;
      blocks = [...home.gather(server.database.source.logId)];
      position = home.state.head;
    }
  });
  if (snapshotAfter === undefined) return;
  const store = openSqliteSnapshotStore(`${log}-snapshots`);
  const id = store.begin(position);
  for (const block of blocks) if (block !== undefined) store.add(id, block);
  store.complete(id);
  store.close();
}
let blocks: (Uint8Array | undefined)[] = [];
let position = 0;

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
