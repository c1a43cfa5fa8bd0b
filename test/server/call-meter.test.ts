import { afterEach, expect, test } from 'vitest';
import type { GetStatisticsResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { PushRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { identity } from '../session/support/hosts.ts';
import { call, collect, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { RawStream, station } from './support/raw-stream.ts';

let server: TestServer;
let stubs: Stubs;

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<void> {
  server = await startTestServer(options);
  stubs = stubsOf(server);
}

afterEach(async () => {
  stubs.close();
  await server.close();
});

const statistics = () => call<GetStatisticsResponse>((done) => stubs.admin.getStatistics({}, done));
const rpc = async (method: string) =>
  (await statistics()).rpcs.find((one) => one.method === `syncdb.v1.${method}`);

/** A caller has its answer a little before the call is over. */
async function over(method: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await rpc(method))?.inFlightCount === 0) return;
  }
  throw new Error(`${method} goes on`);
}

test('calls are counted by method and code, with their bytes and durations', async () => {
  await start();
  const request = PushRequest.fromPartial({
    ...{ handshake: handshakeOf(server, 'p1'), transactions: [station('p1', 1, 'North')] },
  });
  await call((done) => stubs.sync.push(request, done));
  await call((done) => stubs.sync.push(request, done));
  const empty = { ...request, transactions: [] };
  await expect(call((done) => stubs.sync.push(empty, done))).rejects.toThrow();
  await over('SyncService/Push');
  const push = (await rpc('SyncService/Push'))!;
  const bytes = 2 * PushRequest.encode(request).finish().length;
  expect(push).toMatchObject({
    ...{ callCount: 3n, inFlightCount: 0 },
    bytesIn: BigInt(bytes + PushRequest.encode(empty).finish().length),
    codes: [
      { name: 'INVALID_ARGUMENT', count: 1n },
      { name: 'OK', count: 2n },
    ],
  });
  expect(push.bytesOut).toBeGreaterThan(0n);
  expect(push.durationMs!.counts.reduce((sum, count) => sum + count)).toBe(3n);
});

test('a stream is in flight until it is over, and cancelled where its client goes', async () => {
  await start();
  const stream = new RawStream(server, stubs);
  stream.hello('p1');
  await stream.live();
  expect(await rpc('SyncService/Sync')).toMatchObject({ callCount: 1n, inFlightCount: 1 });
  const { databases } = await statistics();
  expect(databases).toMatchObject([
    { name: 'field', sessionCount: 1, sessionBegunCount: 1n, firstSyncCount: 1n },
  ]);
  expect(databases[0]!.bytesOut).toBeGreaterThan(0n);
  stream.cancel();
  await eventually(() => server.database.statistics.toWire('field', 0).sessionCount === 0);
  await over('SyncService/Sync');
  expect(await rpc('SyncService/Sync')).toMatchObject({
    ...{ inFlightCount: 0, codes: [{ name: 'CANCELLED', count: 1n }] },
  });
});

test('calls of strangers are counted, and are over', async () => {
  let isStranger = true;
  await start({
    authorise: (context) => {
      if (!isStranger) return trustEveryone(context);
      throw new SyncError(Code.unauthenticated, 'WHO_ARE_YOU', 'no token');
    },
  });
  await expect(call((done) => stubs.admin.listDatabases({}, done))).rejects.toMatchObject({
    code: Code.unauthenticated,
  });
  isStranger = false;
  await over('AdminService/ListDatabases');
  expect(await rpc('AdminService/ListDatabases')).toMatchObject({
    ...{ callCount: 1n, inFlightCount: 0, codes: [{ name: 'UNAUTHENTICATED', count: 1n }] },
  });
});

test('what a database did is told of those that the caller may use, and to admins', async () => {
  const who = { databases: ['other'], admin: true };
  await start({ authorise: () => identity(who) });
  expect((await statistics()).databases).toEqual([]);
  who.admin = false;
  await expect(statistics()).rejects.toMatchObject({ reason: 'ADMIN_DENIED' });
});

test('a plain call has its bytes at its device', async () => {
  await start({ keepsDevices: true });
  const handshake = handshakeOf(server, 'p1');
  const request = PushRequest.fromPartial({
    ...{ handshake, transactions: [station('p1', 1, 'North')] },
  });
  await call((done) => stubs.sync.push(request, done));
  const { devices } = server.database;
  const facts = () => devices.factsOf(devices.list()[0]!);
  await eventually(() => facts().bytesIn === PushRequest.encode(request).finish().length);
  expect(facts().bytesOut).toBeGreaterThan(0);
  const subscription = { scopes: [], tables: [], encodings: [], compressions: [] };
  const none = new Uint8Array(0);
  const pull = {
    ...subscription,
    cursor: none,
    shownCursor: none,
    shownLost: false,
    level: 0 as const,
    shortCursors: false,
    teamCodecs: [],
  };
  const { bytesOut } = facts();
  await collect(stubs.sync.pull({ handshake, subscription: pull }));
  await eventually(() => facts().bytesOut > bytesOut);
});

test('a call that grpc-js ends by itself is counted by the status that it gave', async () => {
  await start({ limits: { messageBytesMax: 2 << 20, ...small } });
  const transactions = [station('p1', 1, 'x'.repeat(3 << 20))];
  const request = PushRequest.fromPartial({ handshake: handshakeOf(server, 'p1'), transactions });
  await expect(call((done) => stubs.sync.push(request, done))).rejects.toMatchObject({ code: 8 });
  await over('SyncService/Push');
  expect(await rpc('SyncService/Push')).toMatchObject({
    codes: [{ name: 'RESOURCE_EXHAUSTED', count: 1n }],
  });
});

/** Limits that leave room for messages of 2 MiB. */
const small = {
  ...{ rowBytesMax: 100_000, deltaBytesMax: 100_000, pushBytesMax: 200_000 },
  ...{ partBytesMax: 100_000, talkBytesMax: 100_000 },
};

test('a stream that grpc-js ends by itself ends, also where an answer is written behind that', async () => {
  await start({ limits: { messageBytesMax: 600_000, ...small } });
  for (let times = 0; times < 10; times++) {
    const stream = new RawStream(server, stubs);
    stream.hello(`p${times}`);
    stream.push(
      ...Array.from({ length: 5 }, (_, at) => station(`p${times}`, at + 1, 'x'.repeat(20_000))),
    );
    stream.push(station(`p${times}`, 6, 'x'.repeat(700_000)));
    await eventually(() => stream.error !== undefined);
    expect(stream.error).toMatchObject({ code: 8 });
  }
});
