/** Transactions larger than a message, by the SDK over real gRPC, with storage on a real disk. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { OpenOptions } from '../../src/client/open-options.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import {
  eventually,
  fieldSchema,
  startTestServer,
  type TestServer,
} from '../support/test-server.ts';

const rowCount = 3_000;
/** As if messages were smaller: so few rows go in dozens of parts. */
const limits = {
  ...defaultLimits,
  pushBytesMax: 64 << 10,
  partBytesMax: 4 << 10,
  journalBytesMin: 64 << 10,
  storageBacklogBytesMax: 64 << 10,
};
const makeFolder = tempFolders();
let path: string;
let server: TestServer;
let commits: string[];
let clients: Client[];

beforeEach(async () => {
  path = join(makeFolder(), 'client.db');
  clients = [];
  commits = [];
  server = await startTestServer({ limits });
  server.database.onCommits((group) => {
    for (const { replica, counter } of group) commits.push(`${replica}/${counter}`);
  });
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await server.close();
});

async function opened(options: Partial<OpenOptions> = {}): Promise<Client> {
  const client = await open({
    url: server.address,
    database: 'field',
    schema: fieldSchema,
    retry: { delayMsMin: 5, delayMsMax: 50 },
    limits,
    ...options,
  });
  clients.push(client);
  return client;
}

function putAll(client: Client) {
  return client.transaction((scope) => {
    const table = scope.table(StationSchema);
    for (let row = 0; row < rowCount; row++) table.put({ id: `s${row}`, name: 'a station' });
  });
}

test('[P1][P6] a large transaction outlives its client, and goes on where its parts stopped', async () => {
  const storage = sqliteStorage({ path });
  const first = await opened({ storage, replicaId: 'phone' });
  await first.synced();
  await putAll(first).stored;
  first.table(StationSchema).patch('s0', { name: 'behind it' });
  await eventually(() => server.database.source.parts.bytes > 20_000);
  await first.close();
  expect(commits).toEqual([]);
  const staged = server.database.source.parts.bytes;
  const again = await opened({ storage: sqliteStorage({ path }) });
  expect([again.replicaId, again.pendingCount]).toEqual(['phone', 2]);
  expect(again.table(StationSchema).count()).toBe(rowCount);
  await again.synced();
  expect(commits).toEqual(['phone/1', 'phone/2']);
  expect(staged).toBeGreaterThan(20_000);
  expect(server.database.source.parts.bytes).toBe(0);
  const reader = await opened();
  await reader.synced();
  expect(reader.table(StationSchema).count()).toBe(rowCount);
  expect(reader.table(StationSchema).get('s0')?.name).toBe('behind it');
});

test('[I1] another client is shown all of its rows at one checkpoint', async () => {
  const reader = await opened();
  await reader.synced();
  const seen = new Set<number>();
  const look = setInterval(() => seen.add(reader.table(StationSchema).count()), 1);
  const writer = await opened();
  expect(await putAll(writer).outcome).toMatchObject({ status: 'committed' });
  await reader.synced();
  clearInterval(look);
  seen.add(reader.table(StationSchema).count());
  expect([...seen]).toEqual([0, rowCount]);
});

test('[P12] one that the home refuses is refused as a whole, and parked', async () => {
  const writer = await opened();
  const { outcome } = writer.transaction((scope) => {
    const table = scope.table(StationSchema);
    for (let row = 0; row < rowCount; row++) table.put({ id: `s${row}`, name: 'a station' });
    table.patch('nowhere', { name: 'x' });
  });
  expect(await outcome).toMatchObject({
    status: 'refused',
    refusal: { reason: 'ROW_NOT_FOUND', changeIndex: rowCount },
  });
  expect(writer.parked).toHaveLength(1);
  expect(writer.table(StationSchema).count()).toBe(0);
});

test('transactionChangesMax: one more is refused where it is written, and nothing is queued', async () => {
  const writer = await opened({ limits: { ...limits, transactionChangesMax: rowCount } });
  writer.disconnect();
  expect(putAll(writer).counter).toBe(1);
  const one = await opened({ limits: { ...limits, transactionChangesMax: rowCount - 1 } });
  one.disconnect();
  expect(() => putAll(one)).toThrow(expect.objectContaining({ reason: 'TOO_MANY_CHANGES' }));
  expect(one.pendingCount).toBe(0);
});
