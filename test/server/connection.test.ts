/** How long a connection lives, over real HTTP/2. */
import { connect, createServer, type Http2Server } from 'node:http2';
import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { QueryRequest, TailRequest, WatchRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { Connection } from '../../src/server/connection.ts';
import { errorOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { framed, Http2Peer } from './support/http2-peer.ts';
import { RawStream } from './support/raw-stream.ts';

let server: TestServer | undefined;
let stubs: Stubs | undefined;
const peers: { destroy(): void }[] = [];

async function start(limits: Partial<Limits>): Promise<TestServer> {
  server = await startTestServer({ limits });
  stubs = stubsOf(server);
  return server;
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  stubs?.close();
  await server?.close();
  server = undefined;
});

function peer(): Http2Peer {
  const made = new Http2Peer(server!.address);
  peers.push(made);
  return made;
}

const pingType = 6;
const health = '/grpc.health.v1.Health/Check';

describe('a new connection', () => {
  test('has so long to begin a call that the server knows', async () => {
    const { running } = await start({ firstCallMsMax: 1_000 });
    const silent = connectSocket({ host: '127.0.0.1', port: running.port });
    peers.push(silent);
    silent.on('error', () => {}).resume();
    const idle = peer();
    const wrong = peer();
    const right = peer();
    expect(await right.status(health)).toBe('0');
    expect(await wrong.status('/nobody/Knows')).toBe('12');
    await eventually(() => silent.closed && idle.closed && wrong.closed);
    expect([new Set(idle.goaways), right.closed]).toEqual([new Set([0]), false]);
    expect(await right.status(health)).toBe('0');
  });
});

describe('an old connection', () => {
  test('tells its streams to go on over another one, and they do', async () => {
    await start({ connectionAgeMsMax: 1_500 });
    const stream = new RawStream(server!, stubs!);
    stream.hello('raw');
    await stream.live();
    await eventually(() => stream.error !== undefined);
    expect(stream.error).toMatchObject({ code: 14, reason: 'CONNECTION_AGED' });
    const again = new RawStream(server!, stubs!);
    again.hello('raw');
    await again.live();
  });

  test('tells those who watch, too', async () => {
    await start({ connectionAgeMsMax: 1_500 });
    const watch = stubs!.data.watch({ database: 'field', table: 'test.v1.Station' } as never);
    const error = await new Promise<Parameters<typeof errorOf>[0]>((resolve) => {
      watch.on('error', resolve as never).resume();
    });
    expect(errorOf(error)).toMatchObject({ code: 14, reason: 'CONNECTION_AGED' });
  });

  test('ends with its last call, or after the time of grace', async () => {
    await start({ connectionAgeMsMax: 1_000, connectionGraceMsMax: 1_500 });
    const done = peer();
    const short = done.begin(health);
    const never = peer();
    const open = never.begin(health);
    await eventually(() => done.goaways.length > 0 && never.goaways.length > 0);
    expect([done.goaways[0], done.closed, never.closed]).toEqual([0, false, false]);
    short.stream.end(Buffer.alloc(5));
    await short.over;
    expect(short.status).toBe('0');
    await done.over;
    expect(never.closed).toBe(false);
    await never.over;
    expect(open.status).toBeUndefined();
  });

  test('is not cut while a query is under way on it, which could not go on elsewhere', async () => {
    await start({ connectionAgeMsMax: 300, connectionGraceMsMax: 200 });
    const writer = await server!.client();
    writer.table(StationSchema).put({ id: 's1', name: 'N'.repeat(1_000) });
    await writer.synced();
    // Not a byte of the answer comes: a peer with one that nobody reads would not say that it is closed.
    const slow = new Http2Peer(server!.address, { settings: { initialWindowSize: 0 } });
    peers.push(slow);
    const query = slow.begin('/syncdb.v1.DataService/Query');
    const request = { database: 'field', table: StationSchema.typeName };
    query.stream.end(framed(QueryRequest.encode(QueryRequest.fromPartial(request)).finish()));
    await eventually(() => slow.goaways.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect([query.closed, slow.closed]).toEqual([false, false]);
    query.stream.destroy();
    await eventually(() => slow.closed);
  });

  test.each(['Watch', 'Tail'])(
    'is not held by a %s whose reader takes nothing: that goes on elsewhere',
    async (method) => {
      await start({ connectionAgeMsMax: 1_500, connectionGraceMsMax: 200 });
      const slow = new Http2Peer(server!.address, { settings: { initialWindowSize: 0 } });
      peers.push(slow);
      const following = slow.begin(`/syncdb.v1.DataService/${method}`);
      following.stream.pause();
      const request = { database: 'field', table: StationSchema.typeName };
      const bytes =
        method === 'Watch'
          ? WatchRequest.encode(WatchRequest.fromPartial(request)).finish()
          : TailRequest.encode(TailRequest.fromPartial({ database: 'field' })).finish();
      following.stream.end(framed(bytes));
      const writer = await server!.client();
      writer.table(StationSchema).put({ id: 's1', name: 'N'.repeat(1_000) });
      await writer.synced();
      await eventually(() => slow.closed);
      expect(following.status).toBeUndefined();
    },
  );

  test('is not asked to stay by a peer that goes on as if nothing was said', async () => {
    const { running } = await start({ connectionAgeMsMax: 500, connectionGraceMsMax: 100 });
    const deaf = connectSocket({ host: '127.0.0.1', port: running.port, allowHalfOpen: true });
    peers.push(deaf);
    deaf.on('error', () => {}).resume();
    deaf.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    deaf.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    await eventually(() => running.connectionCount === 1);
    await eventually(() => running.connectionCount === 0);
  });
});

test('a peer that answers no ping is there as long as anything comes of it', async () => {
  const { running } = await start({ keepaliveMs: 100, keepaliveAnswerMsMax: 1_000 });
  const busy = connectSocket({ host: '127.0.0.1', port: running.port });
  peers.push(busy);
  let pings = 0;
  busy
    .on('error', () => {})
    .on('data', (bytes) => {
      if (bytes[3] === pingType) pings++;
    });
  busy.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  busy.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  const windowUpdate = Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  const timer = setInterval(() => busy.write(windowUpdate), 250);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect([running.connectionCount, pings > 1]).toEqual([1, true]);
  clearInterval(timer);
  await eventually(() => running.connectionCount === 0);
});

test('an idle connection is closed, one with an open call is not', async () => {
  await start({ connectionIdleMsMax: 1_000 });
  const idle = peer();
  const busy = peer();
  expect(await idle.status(health)).toBe('0');
  expect(await busy.status(health)).toBe('0');
  const open = busy.begin('/grpc.health.v1.Health/Watch');
  open.stream.end(Buffer.alloc(5));
  await idle.over;
  expect(new Set(idle.goaways)).toEqual(new Set([0]));
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect([busy.closed, open.closed]).toEqual([false, false]);
  open.stream.close();
  await busy.over;
});

describe('[I13] pings and settings', () => {
  let http2Server: Http2Server;
  let closed = false;

  /** A connection that has counted the settings of its peer, and counts on at the same second. */
  async function connected(controlFramesPerSecond: number) {
    closed = false;
    const limits = { ...defaultLimits, controlFramesPerSecond };
    http2Server = createServer();
    const counted = new Promise<void>((resolve) => {
      http2Server.on('session', (session) => {
        const socket = session.socket as Socket;
        const clock = { nowMs: () => 0 };
        new Connection({ socket, session, limits, clock, chance: () => 0 });
        session.on('remoteSettings', () => resolve());
        session.on('close', () => {
          closed = true;
        });
      });
    });
    http2Server.on('sessionError', () => {});
    await new Promise<void>((resolve) => http2Server.listen(0, '127.0.0.1', resolve));
    const session = connect(`http://127.0.0.1:${(http2Server.address() as AddressInfo).port}`);
    peers.push(session, { destroy: () => http2Server.close() });
    session.on('error', () => {});
    await counted;
    return session;
  }

  const ping = (session: ReturnType<typeof connect>) =>
    new Promise<boolean>((resolve) => {
      session.ping((error) => resolve(error === null));
      session.on('close', () => resolve(false));
    });

  test('may be so many in a second, and not one more', async () => {
    const session = await connected(4);
    for (let index = 0; index < 3; index++) expect(await ping(session)).toBe(true);
    expect(closed).toBe(false);
    await ping(session);
    await eventually(() => closed);
  });
});
