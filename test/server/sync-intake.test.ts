/** What comes in over Sync streams, and with calls, while there is no room for it: over real gRPC. */
import { afterEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { OutcomeStatus } from '../../gen/ts/syncdb/v1/data.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { call, collect, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import {
  eventually,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.ts';
import { RawStream, station } from './support/raw-stream.ts';

let server: TestServer;
let stubs: Stubs;

async function start(options: TestServerOptions): Promise<void> {
  server = await startTestServer(options);
  stubs = stubsOf(server);
}

afterEach(async () => {
  stubs.close();
  await server.close();
});

/** A log whose appends wait until it is told to go on. */
function heldLog() {
  const log = createMemoryLog({ id: new Uint8Array(16).fill(7) });
  const append = log.append.bind(log);
  let held: Promise<void> | undefined;
  let release = () => {};
  return {
    log: Object.assign(log, {
      append: async (...args: Parameters<typeof append>) => {
        await held;
        return append(...args);
      },
    }),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      release = resolve;
    },
    goOn: () => release(),
  };
}

async function liveStream(replica: string, scopes = ['none']): Promise<RawStream> {
  const stream = new RawStream(server, stubs);
  stream.hello(replica, { scopes });
  await stream.live();
  return stream;
}

/** Takes more than a quarter of a MiB of the heap. */
const name = 'n'.repeat(1 << 17);
const pause = () => new Promise((resolve) => setTimeout(resolve, 300));
const transact = (counter: number, text: string, id: string) =>
  call((done) => {
    const { changes } = station('', counter, text, id);
    return stubs.data.transact({ database: 'field', requestId: '', changes }, done);
  });

test('[I13] as much is read of all streams as there is room for, and calls wait in the same line', async () => {
  const { log, hold, goOn } = heldLog();
  await start({ log, limits: { waitingBytesMax: 6 << 18 } });
  const streams = [await liveStream('a'), await liveStream('b')];
  hold();
  for (const [index, replica] of ['a', 'b'].entries()) {
    for (let counter = 1; counter <= 20; counter++) {
      streams[index]!.push(station(replica, counter, name, `${replica}${counter}`));
    }
  }
  await eventually(() => streams.every(({ sent }) => sent > 1));
  await pause();
  // Five are on their way to be ordered, and of each stream one waits, one is behind it, and what the transport holds.
  expect(streams.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(18);
  const pushed = call((done) =>
    stubs.sync.push(
      {
        handshake: handshakeOf(server, 'c'),
        transactions: [station('c', 1, 'C', 'c')],
        refuseUnfit: false,
      },
      done,
    ),
  );
  const transacted = transact(1, 'D', 'd');
  await pause();
  // One that goes away lets the others in.
  streams[1]!.cancel();
  goOn();
  expect(await pushed).toMatchObject({ outcomes: [{ status: OutcomeStatus.COMMITTED }] });
  await transacted;
  await eventually(() => streams[0]!.outcomes().length === 20);
  expect(streams[0]!.outcomes().map(({ counter }) => Number(counter))).toEqual(
    Array.from({ length: 20 }, (_, at) => at + 1),
  );
});

test('[I13] what waits for room is not read before', async () => {
  const { log, hold, goOn } = heldLog();
  await start({ log, limits: { waitingBytesMax: 6 << 16 } });
  const [first, second] = [await liveStream('a'), await liveStream('b')];
  hold();
  first.push(station('a', 1, name, 'a'));
  await eventually(() => first.sent === 2);
  await pause();
  // Only who reads it finds out what is wrong with it.
  const { changes, ...rest } = station('b', 1, name, 'b');
  second.push({ ...rest, changes: [{ ...changes[0]!, operation: 77 as never }] });
  const transacted = call((done) =>
    stubs.data.transact(
      { database: 'field', requestId: '', changes: [{ ...changes[0]!, operation: 77 as never }] },
      done,
    ),
  );
  const outcome = transacted.catch((error: unknown) => error);
  await pause();
  expect(second.error).toBeUndefined();
  goOn();
  await eventually(() => second.error !== undefined);
  expect(second.error).toMatchObject({ code: 3, reason: 'UNKNOWN_ENUM_VALUE' });
  expect(await outcome).toMatchObject({ code: 3, reason: 'UNKNOWN_ENUM_VALUE' });
});

test('[I13] what waits is bounded too: then it is not taken, and its stream goes on', async () => {
  const { log, hold, goOn } = heldLog();
  // Of what is not read half of the room is for what waits: one of these, and what is small.
  await start({ log, limits: { waitingBytesMax: 6 << 16, receivingBytesMax: 3 << 17 } });
  const [first, second] = [await liveStream('a'), await liveStream('b')];
  const third = await liveStream('c', []);
  hold();
  first.push(station('a', 1, name, 'a'));
  await eventually(() => first.sent === 2);
  second.push(station('b', 1, name, 'b'));
  await eventually(() => second.sent === 2);
  await pause();
  third.push(station('c', 1, name, 'c1'), station('c', 2, 'small', 'c2'));
  await eventually(() => third.outcomes().length === 2);
  expect(third.outcomes()).toMatchObject([
    { counter: 1n, status: OutcomeStatus.UNORDERED, reason: 'WAITING_FULL' },
    { counter: 2n, status: OutcomeStatus.UNORDERED, reason: 'WAITING_FULL' },
  ]);
  await expect(transact(1, name, 'd')).rejects.toMatchObject({
    code: 8,
    reason: 'WAITING_FULL',
    retryDelayMs: 1_000,
  });
  goOn();
  await eventually(() => second.outcomes().length === 1);
  // A checkpoint has it sent again, and rows are received over the stream as ever.
  const received = () => third.deltas().flatMap(({ changes }) => changes.map(({ key }) => key));
  await eventually(() => received().length > 1);
  expect(received()).toEqual(['a', 'b']);
  third.push(station('c', 1, name, 'c1'), station('c', 2, 'small', 'c2'));
  await eventually(() => third.outcomes().length === 4);
  expect(third.outcomes().map(({ status }) => status)).toEqual([4, 4, 1, 1]);
});

test('[I13] a push that the heap has no room for is not ordered, and its stream goes on', async () => {
  const used = { bytes: 1 << 20 };
  const heap = new HeapRoom({
    limitBytes: 1 << 20,
    usedBytes: () => used.bytes,
    collect: async () => {},
  });
  await start({ heap, limits: { waitingBytesMax: 1 << 10 } });
  const stream = await liveStream('raw', []);
  const long = station('raw', 1, 'n'.repeat(2_000));
  stream.push(long);
  await eventually(() => stream.outcomes().length === 1);
  expect(stream.outcomes()).toMatchObject([
    { replicaId: 'raw', counter: 1n, status: OutcomeStatus.UNORDERED, reason: 'HEAP_FULL' },
  ]);
  expect(server.database.home.settled('raw').counter).toBe(0);
  const { changes } = long;
  await expect(
    call((done) => stubs.data.transact({ database: 'field', requestId: '', changes }, done)),
  ).rejects.toMatchObject({ code: 8, reason: 'HEAP_FULL', retryDelayMs: 30_000 });
  used.bytes = 0;
  stream.push(long);
  await eventually(() => stream.outcomes().length === 2);
  expect(stream.outcomes()[1]).toMatchObject({ status: OutcomeStatus.COMMITTED });
  expect(stream.error).toBeUndefined();
});

test('[I13] what no heap has room for at once goes in smaller pushes, and rows come in meanwhile', async () => {
  const heap = new HeapRoom({ limitBytes: 200_000, usedBytes: () => 0, collect: async () => {} });
  await start({ heap });
  const [client, other] = [await server.client(), await server.client()];
  await client.synced();
  for (let index = 0; index < 200; index++) client.table(StationSchema).put({ id: `s${index}` });
  await other.table(StationSchema).put({ id: 'news' }).outcome;
  await eventually(() => client.table(StationSchema).get('news') !== undefined);
  await eventually(() => client.pendingCount === 0, 20_000);
  await other.synced();
  expect(other.table(StationSchema).count()).toBe(201);
});

test('[I13] what only asks is bounded before anything is made of it', async () => {
  await start({ limits: { talkBytesMax: 300 } });
  const large = new RawStream(server, stubs);
  large.hello('raw', { scopes: ['x'.repeat(300)] });
  await eventually(() => large.error !== undefined);
  expect(large.error).toMatchObject({ code: 3, reason: 'MESSAGE_TOO_LARGE' });
  const stream = await liveStream('raw');
  stream.send({ $case: 'ack', value: { cursor: new Uint8Array(300) } });
  await eventually(() => stream.error !== undefined);
  expect(stream.error).toMatchObject({ code: 3, reason: 'MESSAGE_TOO_LARGE' });
  const subscription = {
    ...{ scopes: ['x'.repeat(300)], tables: [], encodings: [], compressions: [] },
    ...{ cursor: new Uint8Array(0), shownCursor: new Uint8Array(0) },
    ...{ shownLost: false, level: 0 as const, shortCursors: false, teamCodecs: [] },
  };
  const pulled = stubs.sync.pull({ handshake: handshakeOf(server, 'raw'), subscription });
  await expect(collect(pulled)).rejects.toMatchObject({
    reason: 'MESSAGE_TOO_LARGE',
    fields: [{ field: 'request' }],
  });
  const request = { table: 'x'.repeat(300), database: '', key: '' };
  const got = call((done) => stubs.data.get(request, done));
  await expect(got).rejects.toMatchObject({
    reason: 'MESSAGE_TOO_LARGE',
    fields: [{ field: 'request' }],
  });
});
