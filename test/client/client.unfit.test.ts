/** Edits that a server can never take: they are refused in the end, and what is behind them goes on. */
import { create } from '@bufbuild/protobuf';
import { afterEach, expect, it, vi } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
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

it('[P2] so is a transaction that is larger than this server takes at all', async () => {
  server = await startTestServer({ limits: { transactionBytesMax: 40_000 } });
  const client = await server.client({
    tables: [StationSchema],
    limits: { ...defaultLimits, pushBytesMax: 8 << 10, partBytesMax: 1 << 10 },
    retry: { delayMsMin: 5, delayMsMax: 50 },
  });
  await client.synced();
  const stations = client.table(StationSchema);
  const large = client.transaction((scope) => {
    for (let index = 0; index < 30; index++) {
      scope.table(StationSchema).put({ id: `s${index}`, name: 'x'.repeat(2_000) });
    }
  });
  const behind = stations.put({ id: 'c', name: 'behind' });
  expect(await large.outcome).toMatchObject({
    status: 'refused',
    refusal: { reason: 'TRANSACTION_TOO_LARGE', violations: [{ field: 'changes' }] },
  });
  expect(await behind.outcome).toMatchObject({ status: 'committed' });
  expect(client.parked).toHaveLength(1);
  expect(stations.query().rows.map(({ id }) => id)).toEqual(['c']);
  await client.close();
});

// Pushes were larger than messages may be, and the end of the stream, behind which something was written, never came.
it.each([
  ['that a server tells', 200_000, []],
  ['that it does not tell', defaultLimits.pushBytesMax, ['MESSAGE_TOO_LARGE']],
])('[P2][I12] pushes above a limit %s hold up nothing for long', async (_, pushBytesMax, told) => {
  server = await startTestServer({
    limits: {
      ...{ messageBytesMax: 600_000, rowBytesMax: 100_000, deltaBytesMax: 100_000 },
      ...{ pushBytesMax, partBytesMax: 100_000, talkBytesMax: 100_000 },
    },
  });
  // What is written does not come back: only answers are written to the stream.
  const client = await server.client({
    tables: [InspectionSchema],
    retry: { delayMsMin: 5, delayMsMax: 50 },
  });
  await client.synced();
  client.disconnect();
  const stations = client.table(StationSchema);
  for (let index = 0; index < 40; index++) {
    stations.put({ id: `s${index}`, name: 'x'.repeat(90_000) });
  }
  const errors = new Set<string>();
  client.on('status', (status) => {
    if ('error' in status && status.error !== undefined) errors.add(status.error.reason);
  });
  client.connect();
  await client.synced();
  expect(client.pendingCount).toBe(0);
  expect([...errors]).toEqual(told);
  await client.close();
});

it('[P7] what the server fails at is held back after five tries, while all else goes on, and is sent again', async () => {
  server = await startTestServer();
  const statuses: Status[] = [];
  const client = await server.client({
    tables: [StationSchema],
    retry: { delayMsMin: 5, delayMsMax: 20, heldBackMs: 500 },
    on: { status: (status) => statuses.push(status) },
  });
  await client.synced();
  let tries = 0;
  let isBroken = true;
  const { submit } = server.database;
  vi.spyOn(server.database, 'submit').mockImplementation((prepared, ...rest) => {
    const isBad = prepared.changes[0]?.key === 'bad';
    if (isBad) tries++;
    if (isBad && isBroken) return Promise.reject(new TypeError('a defect'));
    return submit.call(server.database, prepared, ...rest);
  });
  const stations = client.table(StationSchema);
  const bad = stations.put(create(StationSchema, { id: 'bad', name: 'n' }));
  const isHeld = (status: Status) => status.state === 'live' && status.error !== undefined;
  await eventually(() => statuses.some(isHeld));
  expect(statuses.find(isHeld)).toMatchObject({ error: { code: 13 } });
  expect(tries).toBeGreaterThanOrEqual(5);
  await eventually(() => tries > 6);
  // What others write comes in meanwhile, and nothing is lost or refused.
  const other = await server.client({ tables: [StationSchema] });
  await other.table(StationSchema).put(create(StationSchema, { id: 'theirs', name: 'n' })).outcome;
  await eventually(() => stations.get('theirs') !== undefined);
  expect([client.parked, client.pendingCount]).toEqual([[], 1]);
  isBroken = false;
  expect(await bad.outcome).toMatchObject({ status: 'committed' });
  await eventually(() => client.status.state === 'live' && client.status.error === undefined);
  await other.close();
  await client.close();
});

it('[P2] keeps to what the server was started with', async () => {
  server = await startTestServer({
    limits: { pushTransactionsMax: 3, partBytesMax: 1_000, partsBytesMax: 30_000 },
  });
  const client = await server.client({ tables: [StationSchema] });
  const stations = client.table(StationSchema);
  const outcomes = Array.from({ length: 20 }, (_, index) => {
    const name = 'x'.repeat(index < 18 ? 10 : 20_000 * (index - 17));
    return stations.put(create(StationSchema, { id: `s${index}`, name })).outcome;
  });
  for (const { status } of await Promise.all(outcomes)) expect(status).toBe('committed');
  await client.close();
});
