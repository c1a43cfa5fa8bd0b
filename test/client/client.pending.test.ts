/** What of a client waits to be sent and settled, as an app sees it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { salvageStorage } from '../../src/client/salvage.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import type { PendingStatistics } from '../../src/client/written-transactions.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'syncdb-pending-'));
  server = await startTestServer();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const endOfTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

it('[P6] is told once for each turn, until it is settled', async () => {
  const told: PendingStatistics[] = [];
  const client = await server.client({ on: { pendingStatistics: (each) => told.push(each) } });
  await client.synced();
  client.disconnect();
  told.length = 0;
  const before = Date.now();
  const written = [1, 2, 3].map((n) => client.table(StationSchema).put({ id: `s${n}` }));
  const refused = client.table(InspectionSchema).put({ id: 'i', notes: 'x'.repeat(300) });
  await endOfTurn();
  expect(told).toEqual([client.pendingStatistics]);
  expect(told[0]).toMatchObject({ count: 4, tries: 0 });
  expect(told[0]!.oldestAtMs).toBeGreaterThanOrEqual(before);
  expect(told[0]!.bytes).toBe(client.pending.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(client.pending.map(({ counter, state }) => [counter, state])).toEqual(
    [...written, refused].map(({ counter }) => [counter, 'pending']),
  );
  client.connect();
  await Promise.all([written[2]!.held, written[2]!.outcome]);
  await client.synced();
  await endOfTurn();
  expect([...written, refused].map(({ state }) => state)).toEqual([
    ...['committed', 'committed', 'committed', 'refused'],
  ]);
  expect(told.at(-1)).toEqual({ count: 0, bytes: 0, oldestAtMs: undefined, tries: 0 });
  expect(Math.max(...told.map(({ tries }) => tries))).toBe(1);
  expect(client.parked).toHaveLength(1);
});

it('[P1][P2] sends edits of a row that follow one another as one, and settles each with it', async () => {
  const client = await server.client({ storage: sqliteStorage({ path: join(folder, 'c.db') }) });
  await client.synced();
  client.disconnect();
  const inspections = client.table(InspectionSchema);
  const written = [inspections.put({ id: 'i', stationId: 's' })];
  for (const notes of ['d', 'dr', 'dry']) written.push(inspections.patch('i', { notes }));
  written.push(inspections.patch('i', { visits: 3 }));
  expect(new Set(written.map(({ counter }) => counter)).size).toBe(1);
  const { bytes, changes } = client.pending[0]!;
  expect(client.pendingStatistics).toMatchObject({ count: 1, bytes });
  expect(changes).toBe(1);
  await written.at(-1)!.stored;
  // Another row, and a transaction of the app, are their own.
  client.table(StationSchema).put({ id: 's' });
  inspections.patch('i', { visits: 4 });
  client.transaction((scope) => scope.table(InspectionSchema).patch('i', { visits: 5 }));
  expect(client.pendingCount).toBe(4);
  client.connect();
  const outcomes = await Promise.all(written.map(({ outcome }) => outcome));
  expect(new Set(outcomes).size).toBe(1);
  await client.synced();
  const other = await server.client();
  await other.synced();
  expect(other.table(InspectionSchema).get('i')).toMatchObject({ notes: 'dry', visits: 5 });
});

it('has what was refused until somebody has dealt with it, also after a restart', async () => {
  const told: number[] = [];
  const storage = () => sqliteStorage({ path: join(folder, 'client.db') });
  const first = await server.client({
    storage: storage(),
    on: { parked: ({ length }) => told.push(length) },
  });
  const inspections = first.table(InspectionSchema);
  for (const id of ['i', 'j']) inspections.put({ id, notes: 'x'.repeat(300) });
  await first.synced();
  const [parked] = first.parked;
  const discarded = first.discard(parked!);
  expect([discarded.found, first.discard(parked!).found]).toEqual([true, false]);
  expect(told).toEqual([2, 1]);
  await discarded.stored;
  await first.close();
  expect(() => first.discard(parked!)).toThrow(/closed/);
  const again = await server.client({ storage: storage() });
  expect(again.parked.map(({ transaction }) => transaction.changes[0]!.key)).toEqual(['j']);
  await again.close();
  const { parked: salvaged } = await salvageStorage({ path: join(folder, 'client.db') });
  expect(salvaged.map(({ transaction }) => transaction.changes[0]!.key)).toEqual(['j']);
});

it('sends each edit on its own where it is told to', async () => {
  const client = await server.client({ coalesce: false });
  client.disconnect();
  for (const name of ['a', 'b']) client.table(StationSchema).put({ id: 's', name });
  expect(client.pendingCount).toBe(2);
});

it('[P6] has what an earlier run wrote', async () => {
  const storage = () => sqliteStorage({ path: join(folder, 'client.db') });
  const options = { database: 'field', storage: storage(), url: undefined as never };
  const first = await server.client(options);
  await first.table(StationSchema).put({ id: 's' }).stored;
  const { oldestAtMs } = first.pendingStatistics;
  await first.close();
  const again = await server.client({ storage: storage() });
  expect(again.pendingStatistics).toMatchObject({ count: 1, oldestAtMs });
  await again.synced();
  expect([again.pendingStatistics.count, again.pending]).toEqual([0, []]);
});

it('goes on under another id where another device has the same', async () => {
  const first = await server.client({ replicaId: 'phone-7' });
  const second = await server.client({ replicaId: 'phone-7' });
  second.disconnect();
  const written = ['b1', 'b2'].map((id) => second.table(StationSchema).put({ id }));
  await first.table(StationSchema).put({ id: 'a1' }).outcome;
  await first.table(StationSchema).put({ id: 'a2' }).outcome;
  await first.table(StationSchema).put({ id: 'a3' }).outcome;
  second.connect();
  await Promise.all(written.map(({ outcome }) => outcome));
  expect(written.map(({ state, counter }) => [state, counter])).toEqual([
    ['committed', 1],
    ['committed', 2],
  ]);
  await second.synced();
  expect(second.pendingStatistics.count).toBe(0);
});

it('is held, at the latest, by the server that has committed it', async () => {
  const client = await server.client();
  await client.synced();
  const written = client.table(StationSchema).put({ id: 's' });
  // What a server has committed is more than held.
  await written.held;
  expect(['held', 'committed']).toContain(written.state);
});
