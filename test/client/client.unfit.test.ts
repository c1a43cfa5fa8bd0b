/** Edits that a server can never take: they are refused in the end, and what is behind them goes on. */
import { create } from '@bufbuild/protobuf';
import { afterEach, expect, it, vi } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { Status } from '../../src/client/status.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

afterEach(() => server.close());

it('[P2] an edit that is too large for this server is refused, parked and reported, and those behind it are taken', async () => {
  server = await startTestServer({ limits: { rowBytesMax: 1_000 } });
  const statuses: Status[] = [];
  const client = await server.client({
    tables: [StationSchema],
    retry: { delayMsMin: 5, delayMsMax: 50 },
    on: { status: (status) => statuses.push(status) },
  });
  await client.synced();
  const stations = client.table(StationSchema);
  const small = stations.put(create(StationSchema, { id: 'a', name: 'small' }));
  const large = stations.put(create(StationSchema, { id: 'b', name: 'x'.repeat(2_000) }));
  const behind = stations.put(create(StationSchema, { id: 'c', name: 'behind' }));
  expect(await small.outcome).toMatchObject({ status: 'committed' });
  expect(await large.outcome).toMatchObject({
    status: 'refused',
    refusal: { reason: 'ROW_TOO_LARGE', changeIndex: 0 },
  });
  expect(await behind.outcome).toMatchObject({ status: 'committed' });
  expect(client.parked).toMatchObject([{ outcome: { refusal: { reason: 'ROW_TOO_LARGE' } } }]);
  expect(statuses.map(({ state }) => state)).not.toContain('blocked');
  expect(statuses.find((status) => 'error' in status && status.error !== undefined)).toMatchObject({
    state: 'connecting',
    error: { reason: 'ROW_TOO_LARGE' },
  });
  await eventually(() => client.status.state === 'live');
  // What is taken again is no last try.
  await stations.put(create(StationSchema, { id: 'd', name: 'later' })).outcome;
  expect(stations.query().rows.map(({ id }) => id)).toEqual(['a', 'c', 'd']);
  await client.close();
});

it('[P2] so is one that is too large for a push', async () => {
  server = await startTestServer({ limits: { rowBytesMax: 1_000 } });
  const client = await server.client({
    tables: [StationSchema],
    retry: { delayMsMin: 5, delayMsMax: 50 },
  });
  await client.synced();
  const stations = client.table(StationSchema);
  const large = stations.put(create(StationSchema, { id: 'b', name: 'x'.repeat(50_000) }));
  const behind = stations.put(create(StationSchema, { id: 'c', name: 'behind' }));
  expect(await large.outcome).toMatchObject({
    status: 'refused',
    refusal: { reason: 'ROW_TOO_LARGE' },
  });
  expect(await behind.outcome).toMatchObject({ status: 'committed' });
  await client.close();
});

it('[P2] one at which the server fails is tried five times, and is then refused', async () => {
  server = await startTestServer();
  const client = await server.client({
    tables: [StationSchema],
    retry: { delayMsMin: 5, delayMsMax: 20 },
  });
  await client.synced();
  let tries = 0;
  const { submit } = server.database;
  vi.spyOn(server.database, 'submit').mockImplementation((prepared, ...rest) => {
    const isBad = prepared.changes[0]?.key === 'bad';
    if (!isBad) return submit.call(server.database, prepared, ...rest);
    tries++;
    const changes = prepared.changes.map((change) => ({
      ...change,
      get ifMatch(): string {
        throw new TypeError('a defect');
      },
    }));
    return submit.call(server.database, { ...prepared, changes }, ...rest);
  });
  const stations = client.table(StationSchema);
  const bad = stations.put(create(StationSchema, { id: 'bad', name: 'n' }));
  const behind = stations.put(create(StationSchema, { id: 'c', name: 'behind' }));
  expect(await bad.outcome).toMatchObject({
    status: 'refused',
    refusal: { reason: 'ORDERING_FAILED' },
  });
  expect(await behind.outcome).toMatchObject({ status: 'committed' });
  expect(tries).toBe(6);
  expect(client.parked).toHaveLength(1);
  await client.close();
});
