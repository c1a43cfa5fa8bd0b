/** A client with storage, over real gRPC and a real disk. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
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
import { MemoryFiles } from './support/memory-files.ts';

const makeFolder = tempFolders();
let path: string;
let clients: Client[] = [];

beforeEach(() => {
  path = join(makeFolder(), 'client.db');
});
afterEach(async () => {
  for (const client of clients) await client.close();
  clients = [];
});

async function opened(options: Partial<OpenOptions> = {}): Promise<Client> {
  const client = await open({
    database: 'field',
    schema: fieldSchema,
    storage: sqliteStorage({ path }),
    retry: { delayMsMin: 5, delayMsMax: 50 },
    ...options,
  });
  clients.push(client);
  return client;
}

describe('a client with storage, on its own', () => {
  test('[P1][P6] has all that it wrote when it is opened again, under its own id', async () => {
    const first = await opened();
    const { replicaId } = first;
    first.table(StationSchema).put({ id: 's1', name: 'North' });
    const written = first.table(StationSchema).patch('s1', { name: 'South' });
    await written.stored;
    await first.close();
    const again = await opened();
    expect(again.replicaId).toBe(replicaId);
    expect(again.table(StationSchema).get('s1')?.name).toBe('South');
    expect(again.table(StationSchema).info('s1')).toEqual({ syncStatus: 'pending', version: 0 });
    expect(again.pendingCount).toBe(1);
    expect(again.table(StationSchema).put({ id: 's2' }).counter).toBe(2);
  });

  test('stores what was written before close', async () => {
    const first = await opened();
    const written = Array.from({ length: 500 }, (_, index) =>
      first.table(StationSchema).put({ id: `s${index}` }),
    );
    await first.close();
    await Promise.all(written.map(({ stored }) => stored));
    expect((await opened()).pendingCount).toBe(500);
  });

  test('takes its id, by any name that it had, and no other', async () => {
    await (await opened({ replicaId: 'phone-7' })).close();
    const again = await opened({ replicaId: 'phone-7' });
    expect(again.replicaId).toBe('phone-7');
    await again.close();
    await expect(opened({ replicaId: 'phone-8' })).rejects.toMatchObject({
      code: 9,
      reason: 'STORAGE_OTHER_REPLICA',
    });
    expect((await opened()).replicaId).toBe('phone-7');
  });

  test('[P18][P19] is refused another database and another schema, with its edits intact', async () => {
    const first = await opened();
    first.table(StationSchema).put({ id: 's1' });
    await first.close();
    await expect(opened({ database: 'other' })).rejects.toMatchObject({
      reason: 'STORAGE_OTHER_DATABASE',
      metadata: { stored: 'field', asked: 'other' },
    });
    await expect(opened({ schema: [StationSchema] })).rejects.toMatchObject({
      reason: 'STORAGE_OTHER_SCHEMA',
    });
    await expect(opened({ schemaVersion: 2 })).rejects.toMatchObject({
      reason: 'STORAGE_OTHER_SCHEMA',
      metadata: { stored_version: '1', version: '2' },
    });
    expect((await opened()).pendingCount).toBe(1);
  });

  test('has its file for itself: a second one is refused in one line', async () => {
    await opened();
    const refused = opened();
    await expect(refused).rejects.toMatchObject({ code: 9, reason: 'LOG_LOCKED' });
    await expect(refused).rejects.toThrow(/^[^\n]*client\.db is in use by another process[^\n]*$/);
  });
});

describe('a client with storage, and a server', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.close());

  test('[I5][I8][P24] goes on where it stood: what it has is not sent again, and settled edits neither', async () => {
    const first = await opened({ url: server.address });
    for (let index = 0; index < 50; index++) first.table(StationSchema).put({ id: `s${index}` });
    await first.synced();
    await first.close();
    const other = await server.client();
    other.table(StationSchema).put({ id: 'new' });
    await other.synced();
    const { head } = server.database.source.state;
    const again = await opened();
    expect(again.table(StationSchema).count()).toBe(50);
    expect(again.pendingCount).toBe(0);
    await again.close();
    let rowsLeft = 0;
    const online = await opened({
      url: server.address,
      on: {
        status: (status) => {
          if (status.state === 'syncing')
            rowsLeft = Math.max(rowsLeft, status.progress?.rowsLeft ?? 0);
        },
      },
    });
    await online.synced();
    expect(online.table(StationSchema).count()).toBe(51);
    expect(rowsLeft).toBeLessThan(5);
    expect(server.database.source.state.head).toBe(head);
  });

  test('[P2] sends what an earlier run wrote', async () => {
    const first = await opened();
    first.table(InspectionSchema).put({ id: 'i1', stationId: 's1', notes: 'wet' });
    await first.close();
    const again = await opened({ url: server.address });
    await again.synced();
    expect(again.pendingCount).toBe(0);
    const reader = await server.client();
    await reader.synced();
    expect(reader.table(InspectionSchema).get('i1')?.notes).toBe('wet');
  });

  test('keeps what the home refused', async () => {
    const first = await opened({ url: server.address });
    first.table(StationSchema).patch('nowhere', { name: 'x' });
    await eventually(() => first.parked.length === 1);
    await first.close();
    const again = await opened();
    expect(again.parked).toMatchObject([{ outcome: { status: 'refused' } }]);
  });

  test('may ask for something else when it is opened again', async () => {
    const writer = await server.client();
    for (const id of ['s1', 's2']) writer.table(InspectionSchema).put({ id, stationId: id });
    await writer.synced();
    const first = await opened({ url: server.address, scopes: ['station/s1'] });
    await first.synced();
    const count = (client: Client) => client.table(InspectionSchema).count();
    expect(count(first)).toBe(1);
    await first.close();
    for (const [scopes, found] of [
      [['station/s2'], 1],
      [[], 2],
      [['station/none'], 0],
      [['station/*'], 2],
    ] as const) {
      const again = await opened({ url: server.address, scopes });
      await again.synced();
      expect(count(again)).toBe(found);
      await again.close();
    }
  });

  test('[I2][I3] a copied file goes on under a new id, and nobody loses edits, also those of an earlier run', async () => {
    const first = await opened({ url: server.address, replicaId: 'phone-7' });
    await first.synced();
    await first.close();
    const folder = makeFolder();
    for (const name of readdirSync(join(path, '..')))
      cpSync(join(path, '..', name), join(folder, name));
    const original = await opened({ url: server.address });
    original.table(StationSchema).put({ id: 'original' });
    await original.synced();
    const copy = sqliteStorage({ path: join(folder, 'client.db') });
    const offline = await opened({ storage: copy });
    offline.table(StationSchema).put({ id: 'offline' });
    await offline.close();
    const second = await opened({ storage: copy, url: server.address });
    const { outcome } = second.table(StationSchema).put({ id: 'second' });
    expect(await outcome).toMatchObject({ status: 'committed', counter: 2 });
    await second.synced();
    expect(second.replicaId).toMatch(/^phone-7\.f/);
    await second.close();
    const again = await opened({ storage: copy, replicaId: 'phone-7' });
    expect(again.replicaId).toBe(second.replicaId);
    for (const id of ['original', 'offline', 'second']) {
      expect(again.table(StationSchema).get(id)).toBeDefined();
    }
  });

  test('writes its journal anew when it has grown, and has all of it after', async () => {
    const limits = { ...defaultLimits, journalBytesMin: 20_000, keptTransactionsMax: 10 };
    const client = await opened({ url: server.address, limits });
    const { replicaId } = client;
    for (let round = 0; round < 60; round++) {
      for (let index = 0; index < 20; index++) {
        client.table(StationSchema).put({ id: `s${index}`, name: `round ${round}` });
      }
      await client.synced();
    }
    client.disconnect();
    client.table(StationSchema).put({ id: 'last' });
    await client.close();
    const files = readdirSync(join(path, '..')).toSorted();
    expect(files).toHaveLength(2);
    expect(Number(/\d+$/.exec(files[1]!)![0])).toBeGreaterThan(2);
    const bytes = readFileSync(join(path, '..', files[1]!)).length;
    expect(bytes).toBeLessThan(200_000);
    const again = await opened({ limits });
    expect(again.replicaId).toBe(replicaId);
    expect(again.pendingCount).toBe(1);
    expect(again.table(StationSchema).count()).toBe(21);
    expect(again.table(StationSchema).get('s7')?.name).toBe('round 59');
  }, 60_000);

  test('takes nothing more from the server while much of what came is not stored', async () => {
    const writer = await server.client();
    for (let part = 0; part < 10; part++) {
      writer.transaction((scope) => {
        const stations = scope.table(StationSchema);
        for (let row = 0; row < 1_000; row++) stations.put({ id: `s${part}/${row}` });
      });
    }
    await writer.synced();
    const storage = new MemoryFiles();
    let rowsDone = 0;
    const client = await opened({
      storage,
      limits: { ...defaultLimits, storageBacklogBytesMax: 1 },
      on: {
        status: (status) => {
          if (status.state === 'syncing') rowsDone = status.progress?.rowsDone ?? rowsDone;
        },
        storage: () => expect.unreachable('the storage is only slow'),
      },
      url: server.address,
    });
    let open = () => {};
    storage.gate = new Promise((resolve) => {
      open = resolve;
    });
    await eventually(() => rowsDone > 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(rowsDone).toBeLessThan(5_000);
    expect(client.table(StationSchema).count()).toBe(0);
    open();
    await client.synced();
    expect(client.table(StationSchema).count()).toBe(10_000);
  });

  test('what it does not read itself is no answer that a server owes', async () => {
    const storage = new MemoryFiles();
    const client = await opened({
      storage,
      url: server.address,
      limits: { ...defaultLimits, storageBacklogBytesMax: 1_000 },
      retry: { delayMsMin: 2, delayMsMax: 5, attemptMsMax: 100, attemptsMax: 5 },
    });
    await client.synced();
    client.disconnect();
    storage.fault = 'full';
    client.table(StationSchema).put({ id: 'mine', name: 'x'.repeat(2_000) });
    await eventually(() => client.storage.state === 'full');
    client.connect();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(client.status).toEqual({ state: 'connecting', error: undefined, attempts: 0 });
    storage.fault = undefined;
    await client.synced();
    expect(client.status.state).toBe('live');
  });

  test('[I9] is blocked, and writes nothing more, when its storage is found to be another', async () => {
    const storage = new MemoryFiles();
    const statuses: string[] = [];
    const client = await opened({
      storage,
      url: server.address,
      random: () => 0,
      on: { storage: ({ state }) => statuses.push(state) },
    });
    await client.synced();
    storage.faults = ['lost'];
    storage.tamper((records) => records.splice(0));
    const { stored } = client.table(StationSchema).put({ id: 's1' });
    const damaged = { code: 15, reason: 'STORAGE_DAMAGED' };
    await expect(stored).rejects.toMatchObject(damaged);
    expect(statuses.at(-1)).toBe('failed');
    expect(client.status).toMatchObject({ state: 'blocked', error: damaged });
    expect(() => client.table(StationSchema).put({ id: 's2' })).toThrow(
      expect.objectContaining(damaged),
    );
    expect(() => client.connect()).toThrow(expect.objectContaining(damaged));
    // What it shows can still be read, and nothing of it has left.
    expect(client.table(StationSchema).get('s1')).toBeDefined();
    expect(server.database.source.state.head).toBe(1);
    await expect(client.close()).rejects.toMatchObject(damaged);
    clients.splice(0);
  });
});
