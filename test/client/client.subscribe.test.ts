/** A client that holds other scopes and tables while it runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { Client } from '../../src/client/client-api.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import type { Status } from '../../src/client/status.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'syncdb-subscribe-'));
  server = await startTestServer();
  const writer = await server.client();
  for (const id of ['s1', 's2']) {
    writer.table(StationSchema).put({ id });
    writer.table(InspectionSchema).put({ id: `i-${id}`, stationId: id });
  }
  await writer.synced();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const held = (client: Client) =>
  [StationSchema, InspectionSchema].flatMap((desc) =>
    client
      .table(desc)
      .query()
      .rows.map(({ id }) => id),
  );

it('is sent what is new and lets go of the rest, in one step, and is not live before that', async () => {
  const statuses: Status[] = [];
  const client = await server.client({
    scopes: ['station/s1'],
    tables: [InspectionSchema],
    on: { status: (status) => statuses.push(status) },
  });
  await client.synced();
  expect(held(client)).toEqual(['i-s1']);
  const seen: string[] = [];
  client
    .table(InspectionSchema)
    .watch()
    .subscribe(({ rows }) => seen.push(rows.map(({ id }) => id).join()));
  statuses.length = 0;
  client.subscribe({ scopes: ['station/s2'] });
  expect(client.status.state).toBe('connecting');
  expect(held(client)).toEqual(['i-s1']);
  await client.synced();
  expect(held(client)).toEqual(['i-s2']);
  expect(seen).toEqual(['i-s1', 'i-s2']);
  expect(statuses.map(({ state }) => state)).toEqual(
    expect.arrayContaining(['connecting', 'syncing', 'live']),
  );
  client.subscribe({ tables: [] });
  await client.synced();
  expect(held(client)).toEqual(expect.arrayContaining(['i-s2']));
  client.subscribe({ scopes: [] });
  await client.synced();
  expect(held(client)).toEqual(['s1', 's2', 'i-s1', 'i-s2']);
});

it('[P6] sends what waits whatever it holds, and takes no unknown table', async () => {
  const client = await server.client({ scopes: ['station/s1'] });
  await client.synced();
  client.disconnect();
  const { outcome } = client.table(InspectionSchema).put({ id: 'mine', stationId: 's1' });
  expect(() => client.subscribe({ tables: [{ typeName: 'x.Y' } as never] })).toThrow(
    expect.objectContaining({ reason: 'UNKNOWN_TABLE' }),
  );
  client.subscribe({ scopes: ['station/s2'] });
  expect(client.status.state).toBe('offline');
  client.connect();
  expect(await outcome).toMatchObject({ status: 'committed' });
  await client.synced();
  expect(client.table(InspectionSchema).get('mine')).toBeUndefined();
  await client.close();
  expect(() => client.subscribe({})).toThrow(expect.objectContaining({ reason: 'CLIENT_CLOSED' }));
});

it('goes on with it in another run, which asks for the same', async () => {
  const storage = () => sqliteStorage({ path: join(folder, 'client.db') });
  const first = await server.client({ storage: storage(), scopes: ['station/s1'] });
  await first.synced();
  first.subscribe({ scopes: ['station/s2'] });
  await first.synced();
  await first.close();
  const again = await server.client({ storage: storage(), scopes: ['station/s2'] });
  expect(held(again)).toContain('i-s2');
  expect(held(again)).not.toContain('i-s1');
});

it('is tried again with it where what was asked for before was refused', async () => {
  const client = await server.client({ scopes: ['***/{{'] });
  await expect(client.synced()).rejects.toMatchObject({ reason: 'BAD_SCOPE_PATTERN' });
  expect(client.status.state).toBe('blocked');
  client.subscribe({ scopes: ['station/s1'] });
  await client.synced();
  expect(held(client)).toEqual(['s1', 's2', 'i-s1']);
});

it('may be cut by who is told of its progress, and stays so', async () => {
  let client: Client | undefined;
  let isCut = false;
  client = await server.client({
    on: {
      status: (status) => {
        if (isCut || status.state !== 'syncing' || status.progress === undefined) return;
        isCut = true;
        client!.disconnect();
      },
    },
  });
  while (!isCut) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(client.status).toEqual({ state: 'offline', error: undefined, attempts: 0 });
  client.connect();
  await client.synced();
  expect(client.status.state).toBe('live');
});
