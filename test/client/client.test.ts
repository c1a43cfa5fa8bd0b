import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConflictSchema } from '../../gen/es/syncdb/v1/system_pb.ts';
import {
  InspectionSchema,
  InspectionStatus,
  StationSchema,
} from '../../gen/es/test/v1/inspection_pb.ts';
import { seqOf } from '../../src/base/seq.ts';
import { open } from '../../src/client/client.ts';
import {
  eventually,
  fieldSchema,
  startTestServer,
  type TestServer,
} from '../support/test-server.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

describe('a client on its own', () => {
  const alone = () => open({ database: 'field', schema: fieldSchema, replicaId: 'alone' });

  it('[P1] writes and reads without any server', async () => {
    const client = await alone();
    const inspections = client.table(InspectionSchema);
    inspections.put({ id: 'i1', stationId: 's1', notes: 'wet', labels: ['a', 'b'] });
    inspections.patch('i1', { visits: 3, temperature: 20.5 });
    expect(inspections.get('i1')).toMatchObject({
      notes: 'wet',
      visits: 3,
      temperature: 20.5,
      labels: ['a', 'b'],
    });
    expect(inspections.info('i1')).toEqual({ syncStatus: 'pending', version: 0 });
    inspections.patch('i1', { temperature: null });
    expect(inspections.get('i1')?.temperature).toBeUndefined();
    inspections.delete('i1');
    expect(inspections.get('i1')).toBeUndefined();
    expect(client.pendingCount).toBe(2);
  });

  it('queries what it shows, by filter, order and pages', async () => {
    const client = await alone();
    const inspections = client.table(InspectionSchema);
    for (let index = 0; index < 10; index++) {
      inspections.put({
        id: `i${index}`,
        stationId: 's1',
        visits: index % 3,
        ...(index < 5 ? { temperature: index } : {}),
      });
    }
    expect(inspections.count({ visits: 0 })).toBe(4);
    expect(inspections.count({ or: [{ visits: 2 }, { temperature: { lt: 1 } }] })).toBe(4);
    expect(
      inspections.count({ temperature: { absent: true }, not: { id: { startsWith: 'i9' } } }),
    ).toBe(4);
    const first = inspections.query({ orderBy: [{ field: 'visits', descending: true }], limit: 4 });
    expect(first.rows.map(({ id }) => id)).toEqual(['i2', 'i5', 'i8', 'i1']);
    const second = inspections.query({
      orderBy: [{ field: 'visits', descending: true }],
      limit: 10,
      after: first.next!,
    });
    expect(second.rows.map(({ id }) => id)).toEqual(['i4', 'i7', 'i0', 'i3', 'i6', 'i9']);
    expect(second.next).toBeUndefined();
  });

  it('queues nothing of a transaction whose body throws or has a bad edit', async () => {
    const client = await alone();
    expect(() =>
      client.transaction((scope) => {
        scope.table(StationSchema).put({ id: 's1' });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(() =>
      client.transaction((scope) => {
        scope.table(StationSchema).put({ id: 's1' });
        scope.table(StationSchema).put({ id: '' });
      }),
    ).toThrow(expect.objectContaining({ code: 3 }));
    expect(client.pendingCount).toBe(0);
    expect(client.table(StationSchema).get('s1')).toBeUndefined();
  });

  it('takes no transaction whose body waits: what comes later would be lost', async () => {
    const client = await alone();
    const body = async () => {
      await Promise.resolve();
    };
    expect(() => client.transaction(body)).toThrow(
      expect.objectContaining({ reason: 'ASYNC_TRANSACTION' }),
    );
    expect(client.pendingCount).toBe(0);
  });

  it('says what cannot be', async () => {
    const client = await alone();
    expect(() => client.table(InspectionSchema).patch('i1', { id: 'i2' })).toThrow(/key/);
    expect(() => client.connect()).toThrow(/without a url/);
    await client.close();
    expect(() => client.table(StationSchema).put({ id: 's' })).toThrow(/closed/);
    await expect(client.synced()).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
  });
});

describe('a client and a server', () => {
  it('[P2] sends what was written offline and learns that it is committed', async () => {
    const client = await server.client();
    const stations = client.table(StationSchema);
    const written = stations.put({ id: 's1', name: 'North' });
    expect(stations.info('s1')).toEqual({ syncStatus: 'pending', version: 0 });
    await client.synced();
    expect(await written.outcome).toMatchObject({ status: 'committed', counter: 1 });
    expect(stations.info('s1')).toEqual({ syncStatus: 'synced', version: 2 });
    expect(client.pendingCount).toBe(0);
  });

  it('is synced only when it holds what the server had committed at the call', async () => {
    const [anna, ben] = [await server.client(), await server.client()];
    await ben.synced();
    for (let index = 0; index < 20; index++) {
      anna.table(StationSchema).put({ id: `s${index}` });
      await anna.synced();
      await ben.synced();
      expect(ben.table(StationSchema).count()).toBe(index + 1);
    }
  });

  it('[I1][P8] shows one client what another wrote, live', async () => {
    const [anna, ben] = [await server.client(), await server.client()];
    await Promise.all([anna.synced(), ben.synced()]);
    anna.table(InspectionSchema).put({ id: 'i1', stationId: 's1', notes: 'wet' });
    const seen = ben.table(InspectionSchema);
    await eventually(() => seen.get('i1')?.notes === 'wet');
    ben.table(InspectionSchema).patch('i1', { visits: 1 });
    await eventually(() => anna.table(InspectionSchema).get('i1')?.visits === 1);
  });

  it('merges edits of different fields that were made offline on both', async () => {
    const [anna, ben] = [await server.client(), await server.client()];
    anna.table(InspectionSchema).put({ id: 'i1', stationId: 's1' });
    await anna.synced();
    await eventually(() => ben.table(InspectionSchema).get('i1') !== undefined);
    for (const client of [anna, ben]) client.disconnect();
    anna.table(InspectionSchema).patch('i1', { notes: 'anna' });
    ben.table(InspectionSchema).patch('i1', { status: InspectionStatus.DONE });
    for (const client of [anna, ben]) client.connect();
    await Promise.all([anna.synced(), ben.synced()]);
    const merged = { notes: 'anna', status: InspectionStatus.DONE };
    await eventually(
      () => anna.table(InspectionSchema).get('i1')?.status === InspectionStatus.DONE,
    );
    for (const client of [anna, ben]) {
      expect(client.table(InspectionSchema).get('i1')).toMatchObject(merged);
    }
  });

  it('parks what the home refuses, with the reason', async () => {
    const client = await server.client();
    const written = client.table(InspectionSchema).put({
      id: 'i1',
      stationId: 's1',
      notes: 'x'.repeat(201),
    });
    expect(await written.outcome).toMatchObject({
      status: 'refused',
      refusal: { reason: 'ROW_INVALID', changeIndex: 0 },
    });
    expect(client.table(InspectionSchema).get('i1')).toBeUndefined();
    expect(client.parked).toHaveLength(1);
  });

  it('[I2][I3] keeps all that it wrote under an id that another device has, under a new one', async () => {
    const ids: string[] = [];
    const first = await server.client({ replicaId: 'phone-7' });
    const second = await server.client({
      replicaId: 'phone-7',
      on: { replicaId: (id) => ids.push(id) },
    });
    second.disconnect();
    const written = ['b1', 'b2'].map((id) => second.table(StationSchema).put({ id }));
    await first.table(StationSchema).put({ id: 'a1' }).outcome;
    second.connect();
    for (const { outcome } of written) {
      expect(await outcome).toMatchObject({ status: 'committed', replica: second.replicaId });
    }
    await Promise.all([first.synced(), second.synced()]);
    expect(ids).toEqual([second.replicaId]);
    expect(second.replicaId).toMatch(/^phone-7\.f[0-9a-f]{8}$/);
    for (const client of [first, second]) expect(client.table(StationSchema).count()).toBe(3);
  });

  it('[I2] parks what the home cannot tell whose it is any more, and goes on', async () => {
    const small = await startTestServer({ limits: { writerDigestsMax: 2 } });
    const first = await small.client({ replicaId: 'phone-7' });
    const second = await small.client({ replicaId: 'phone-7' });
    second.disconnect();
    const mine = second.table(StationSchema).put({ id: 'mine' });
    for (const id of ['a', 'b', 'c', 'd']) await first.table(StationSchema).put({ id }).outcome;
    second.connect();
    const refusal = { reason: 'COUNTER_FORGOTTEN' };
    expect(await mine.outcome).toMatchObject({ status: 'unordered', refusal });
    await second.synced();
    expect(second.parked).toMatchObject([{ outcome: { refusal } }]);
    expect(second.status).toEqual({ state: 'live', error: undefined });
    expect(second.table(StationSchema).count()).toBe(4);
    await second.table(StationSchema).put({ id: 'next' }).outcome;
    await small.close();
  });

  it('holds only the scopes and tables that it asks for', async () => {
    const writer = await server.client();
    for (const station of ['s1', 's2']) {
      writer.table(StationSchema).put({ id: station });
      writer.table(InspectionSchema).put({ id: `of-${station}`, stationId: station });
    }
    await writer.synced();
    const one = await server.client({ scopes: ['station/s1'] });
    const onlyStations = await server.client({ tables: [StationSchema] });
    await Promise.all([one.synced(), onlyStations.synced()]);
    expect(
      one
        .table(InspectionSchema)
        .query()
        .rows.map(({ id }) => id),
    ).toEqual(['of-s1']);
    expect(one.table(StationSchema).count()).toBe(2);
    expect(onlyStations.table(InspectionSchema).count()).toBe(0);
    expect(onlyStations.table(StationSchema).count()).toBe(2);
    writer.table(InspectionSchema).patch('of-s1', { stationId: 's2' });
    await eventually(() => one.table(InspectionSchema).count() === 0);
  });

  it('[I5] goes on where it was when the connection comes back', async () => {
    const client = await server.client({ replicaId: 'anna' });
    client.table(StationSchema).put({ id: 's1', name: 'one' });
    await client.synced();
    client.disconnect();
    const other = await server.client();
    await other.synced();
    other.table(StationSchema).patch('s1', { name: 'two' });
    await other.synced();
    expect(client.table(StationSchema).get('s1')?.name).toBe('one');
    client.connect();
    await eventually(() => client.table(StationSchema).get('s1')?.name === 'two');
  });

  it('[P9][P10] keeps the committed value where an edit did not know of it, and tells the writer', async () => {
    const [anna, ben] = [await server.client(), await server.client({ replicaId: 'ben' })];
    anna.table(StationSchema).put({ id: 's1', name: 'one' });
    await anna.synced();
    // Ben has never seen the row.
    ben.table(StationSchema).patch('s1', { name: 'two' });
    await ben.synced();
    expect(ben.table(StationSchema).get('s1')?.name).toBe('one');
    const ledger = ben.table(ConflictSchema).query().rows;
    expect(ledger).toMatchObject([
      { replicaId: 'ben', counter: 1n, key: 's1', fields: [2], localWon: [false] },
    ]);
  });

  it('[P18][P19] is blocked by a schema that does not match, keeps its edits and says which versions', async () => {
    const client = await server.client({ schemaVersion: 2 });
    client.table(StationSchema).put({ id: 's1' });
    await expect(client.synced()).rejects.toMatchObject({
      reason: 'SCHEMA_MISMATCH',
      metadata: { server_version: '1', client_version: '2' },
    });
    expect(client.status.state).toBe('blocked');
    expect(client.pendingCount).toBe(1);
    await expect(client.synced()).rejects.toMatchObject({ reason: 'SCHEMA_MISMATCH' });
  });

  it('[P7] tries again by itself while the server is away', async () => {
    const address = server.address;
    const client = await server.client();
    await client.synced();
    await server.running.close(100);
    client.table(StationSchema).put({ id: 's1' });
    await eventually(() => client.status.state === 'offline');
    const again = await startTestServer({ address });
    try {
      await client.synced();
      // Its log is empty under the id of the one before: a history that lost its end, so it has begun an epoch.
      expect(again.database.source.state.head).toBe(seqOf(1, 3));
    } finally {
      await client.close();
      await again.close();
    }
  });

  it('[P25] reports how far a first sync is, up to the whole', async () => {
    const writer = await server.client();
    writer.transaction((scope) => {
      for (let index = 0; index < 2_500; index++)
        scope.table(StationSchema).put({ id: `s${index}` });
    });
    await writer.synced();
    const seen: { rowsDone: number; rowsLeft: number }[] = [];
    const reader = await server.client({
      on: {
        status: (status) => {
          if (status.state === 'syncing' && status.progress !== undefined)
            seen.push(status.progress);
        },
      },
    });
    await reader.synced();
    expect(reader.table(StationSchema).count()).toBe(2_500);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.at(-1)?.rowsLeft).toBe(0);
    for (const [index, { rowsDone }] of seen.entries()) {
      if (index > 0) expect(rowsDone).toBeGreaterThanOrEqual(seen[index - 1]!.rowsDone);
    }
  });
});
