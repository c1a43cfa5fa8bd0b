/** A client that is killed with -9 while it writes, syncs and writes its journal anew. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { open } from '../../src/client/client.ts';
import { journalGenerations, sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { settledIn } from '../../src/replica/system-rows.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { fieldSchema, startTestServer, type TestServer } from '../support/test-server.ts';

const phones = 2;
const killsEach = 26;
const makeFolder = tempFolders();

interface Phone {
  readonly path: string;
  id: string | undefined;
  /** The newest row that it was told to be stored. */
  stored: number;
  committed: number;
}

test(`[I2][I3][I5][P6] it has every edit that it said to be stored, and each is ordered once, ${phones * killsEach} times over`, async () => {
  const server = await startTestServer();
  try {
    const all = Array.from({ length: phones }, (): Phone => {
      return { path: join(makeFolder(), 'client.db'), id: undefined, stored: 0, committed: 0 };
    });
    await Promise.all(
      all.map(async (phone) => {
        for (let kill = 0; kill < killsEach; kill++) await writeAndKill(phone, server, kill);
      }),
    );
    for (const phone of all) await checkWhole(phone, server);
  } finally {
    await server.close();
  }
}, 300_000);

async function writeAndKill(phone: Phone, server: TestServer, kill: number): Promise<void> {
  const script = join(import.meta.dirname, 'support', 'write-until-killed.ts');
  const child = spawn(process.execPath, [script, phone.path, server.address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  // Now and then while it opens; else while it works.
  if (kill % 6 === 5) await sleep(Math.random() * 1_000);
  else {
    await Promise.race([once(child.stdout, 'data'), ended]);
    // Short, so that much is under way; long, so that it is told what the home has ordered.
    await sleep(Math.random() * (kill % 2 === 0 ? 100 : 1_000));
  }
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  // The last line may be cut short.
  const [first, ...lines] = said.split('\n').slice(0, -1);
  if (first === undefined) return;
  const [id, count] = first.split(' ');
  phone.id ??= id;
  expect(id).toBe(phone.id);
  expect(Number(count)).toBeGreaterThanOrEqual(phone.stored);
  for (const line of lines) {
    const [what, number] = line.split(' ');
    if (what === 'stored') phone.stored = Math.max(phone.stored, Number(number));
    else {
      expect(what).toBe('committed');
      phone.committed = Math.max(phone.committed, Number(number));
    }
  }
  // What the home has ordered was stored first: a crash cannot make the client forget it.
  const settled = settledIn(server.database.source.state, phone.id!).counter;
  expect(settled).toBeGreaterThanOrEqual(phone.committed);
}

async function checkWhole(phone: Phone, server: TestServer): Promise<void> {
  expect(phone.stored).toBeGreaterThan(killsEach);
  expect(phone.committed).toBeGreaterThan(0);
  const client = await open({
    url: server.address,
    database: 'field',
    schema: fieldSchema,
    storage: sqliteStorage({ path: phone.path }),
  });
  await client.synced();
  expect(client.replicaId).toBe(phone.id);
  const mine = { id: { startsWith: client.replicaId } };
  const count = client.table(StationSchema).count(mine);
  expect(count).toBeGreaterThanOrEqual(phone.stored);
  // Each transaction was one new row: as many were ordered, so none of them twice.
  expect(settledIn(server.database.source.state, client.replicaId).counter).toBe(count);
  expect(client.table(StationSchema).get(`${client.replicaId}/${count}`)).toBeDefined();
  await client.close();
  const [generation] = journalGenerations(phone.path);
  expect(generation).toBeGreaterThan(5);
  expect(readdirSync(dirname(phone.path))).toHaveLength(2);
}
