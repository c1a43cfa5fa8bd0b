/** A client that is killed with -9 while it writes, syncs and writes its journal anew. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { open } from '../../src/client/client.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { journalGenerations } from '../../src/client/storage-folder.ts';
import { settledIn } from '../../src/replica/system-rows.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { fieldSchema, startTestServer, type TestServer } from '../support/test-server.ts';

const phones = 2;
const killsEach = 26;
const makeFolder = tempFolders();

interface Phone {
  readonly path: string;
  id: string | undefined;
  /** The newest transaction that it was told to be stored. */
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
    const counters: number[] = [];
    for (const phone of all) counters.push(await checkWhole(phone, server));
    // Each was one commit, behind the one of the schema: none was ordered twice.
    const { head } = server.database.source.state;
    expect(head).toBe(1 + counters.reduce((sum, counter) => sum + counter));
  } finally {
    await server.close();
  }
}, 600_000);

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
  const isOver = ended.then(() => true);
  const hasSaid = async (text: string) => {
    while (!said.includes(text) && !(await Promise.race([sleep(5), isOver])));
  };
  // While it opens; while it works for itself; while it syncs.
  if (kill % 6 === 5) await sleep(Math.random() * 1_000);
  else {
    await hasSaid(kill % 2 === 0 ? '\n' : 'committed');
    await sleep(Math.random() * 100);
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

/** Syncs what there is; returns how many transactions the phone ever had. */
async function checkWhole(phone: Phone, server: TestServer): Promise<number> {
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
  const { rows } = client.table(StationSchema).query({ where: mine });
  const newest = Math.max(...rows.map(({ name }) => Number(name)));
  expect(newest).toBeGreaterThanOrEqual(phone.stored);
  const { counter } = settledIn(server.database.source.state, client.replicaId);
  expect(counter).toBe(newest);
  await client.close();
  const [generation] = journalGenerations(phone.path);
  // It was written anew, more than once.
  expect(generation).toBeGreaterThan(2);
  expect(readdirSync(dirname(phone.path))).toHaveLength(2);
  return counter;
}
