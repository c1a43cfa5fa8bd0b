import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import {
  Operation,
  OutcomeStatus,
  RowChangeType,
  type Transaction,
} from '../../gen/ts/syncdb/v1/data.ts';
import { Compression, Encoding } from '../../gen/ts/syncdb/v1/sync.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import type { Identity } from '../../src/session/source.ts';
import { errorOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import {
  eventually,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.ts';
import { RawStream, station } from './support/raw-stream.ts';

let server: TestServer;
let stubs: Stubs;

async function start(options: TestServerOptions = {}): Promise<void> {
  server = await startTestServer(options);
  stubs = stubsOf(server);
}

beforeEach(() => start());
afterEach(async () => {
  stubs.close();
  await server.close();
});

class Stream extends RawStream {
  constructor() {
    super(server, stubs);
  }
}

describe('a Sync stream', () => {
  it('[P5] welcomes, catches up, and then tells what is committed, as it happens', async () => {
    const stream = new Stream();
    stream.hello('raw');
    const first = await stream.live();
    expect(stream.responses[0]).toMatchObject({
      $case: 'welcome',
      value: { protocolVersion: 1, headSeq: 1n, settledCounter: 0n, encoding: Encoding.ROWS },
    });
    expect(first.checkpoint).toMatchObject({ seq: 1n, rowCount: 0n });
    const writer = await server.client();
    writer.table(StationSchema).put({ id: 's1', name: 'North' });
    await eventually(() => stream.deltas().length === 2);
    expect(stream.deltas()[1]).toMatchObject({
      changes: [{ type: RowChangeType.FULL, table: 'test.v1.Station', key: 's1', scopes: [''] }],
      checkpoint: { seq: 2n, rowCount: 1n },
    });
    stream.cancel();
  });

  it('[P6][P24] answers pushes in their order, and settles them at a checkpoint', async () => {
    const stream = new Stream();
    stream.hello('raw');
    stream.push(station('raw', 1, 'one'), station('raw', 2, 'two'));
    stream.push(station('raw', 3, 'three'));
    await eventually(() => stream.deltas().at(-1)?.checkpoint?.seq === 4n);
    const results = stream.responses.flatMap((body) =>
      body.$case === 'pushResult' ? [body.value] : [],
    );
    expect(
      results.map(({ outcomes }) => outcomes.map(({ counter, status }) => [counter, status])),
    ).toEqual([
      [
        [1n, OutcomeStatus.COMMITTED],
        [2n, OutcomeStatus.COMMITTED],
      ],
      [[3n, OutcomeStatus.COMMITTED]],
    ]);
    const settled = stream.deltas().flatMap(({ checkpoint }) => checkpoint?.settled ?? []);
    expect(settled.at(-1)).toMatchObject({ replicaId: 'raw', counter: 3n });
    stream.cancel();
  });

  it('goes on after a push that cannot be ordered', async () => {
    const stream = new Stream();
    stream.hello('raw');
    stream.push(station('raw', 9, 'early'));
    stream.push(station('raw', 1, 'one'));
    await eventually(
      () => stream.responses.filter(({ $case }) => $case === 'pushResult').length === 2,
    );
    const results = stream.responses.flatMap((body) =>
      body.$case === 'pushResult' ? body.value.outcomes : [],
    );
    expect(results).toMatchObject([
      { counter: 9n, status: OutcomeStatus.UNORDERED, reason: 'COUNTER_GAP' },
      { counter: 1n, status: OutcomeStatus.COMMITTED },
    ]);
    stream.cancel();
  });

  it('[I3][I6] orders nothing of a writer behind what it could not order in the same push', async () => {
    const stream = new Stream();
    stream.hello('raw');
    stream.push(station('raw', 1, 'one'));
    stream.push(station('raw', 1, 'clone'), station('raw', 2, 'two'));
    stream.push(station('raw', 2, 'another two'));
    await eventually(
      () => stream.responses.filter(({ $case }) => $case === 'pushResult').length === 3,
    );
    const results = stream.responses.flatMap((body) =>
      body.$case === 'pushResult' ? body.value.outcomes : [],
    );
    expect(results).toMatchObject([
      { counter: 1n, status: OutcomeStatus.COMMITTED },
      { counter: 1n, status: OutcomeStatus.UNORDERED, reason: 'REPLICA_FORKED' },
      { counter: 2n, status: OutcomeStatus.UNORDERED, reason: 'COUNTER_GAP' },
      { counter: 2n, status: OutcomeStatus.COMMITTED },
    ]);
    stream.cancel();
  });

  it('finishes answers and one checkpoint when the client half-closes', async () => {
    const stream = new Stream();
    stream.hello('raw');
    stream.push(station('raw', 1, 'one'));
    stream.halfClose();
    await eventually(() => stream.ended);
    expect(stream.error).toBeUndefined();
    expect(stream.responses.some(({ $case }) => $case === 'pushResult')).toBe(true);
    expect(stream.deltas().at(-1)?.checkpoint).toBeDefined();
  });

  it('ends at once where the client half-closes without a word', async () => {
    const stream = new Stream();
    stream.halfClose();
    await eventually(() => stream.ended);
    expect(stream.responses).toEqual([]);
  });

  it('[I8] resumes from any cursor, also one in the middle of a catch-up', async () => {
    const writer = await server.client();
    writer.transaction((scope) => {
      for (let index = 0; index < 2_500; index++)
        scope.table(StationSchema).put({ id: `s${index}` });
    });
    await writer.synced();
    const whole = new Stream();
    whole.hello('raw');
    await whole.live();
    const batches = whole.deltas();
    expect(batches.length).toBeGreaterThanOrEqual(3);
    whole.cancel();
    const keys = new Set(batches[0]!.changes.map(({ key }) => key));
    const rest = new Stream();
    rest.hello('raw', { cursor: batches[0]!.cursor });
    const last = await rest.live();
    for (const { key } of rest.deltas().flatMap(({ changes }) => changes)) keys.add(key);
    expect(keys.size).toBe(2_500);
    expect(last.checkpoint).toMatchObject({ rowCount: 2_500n });
    rest.cancel();
  });

  it('[P22] packs and compresses when the client can undo it', async () => {
    const stream = new Stream();
    const writer = await server.client();
    writer.table(StationSchema).put({ id: 's1', name: 'North '.repeat(50) });
    await eventually(() => server.database.source.state.head === 2);
    stream.hello('raw', { encodings: [Encoding.PACKED], compressions: [Compression.ZSTD] });
    const delta = await stream.live();
    expect(delta).toMatchObject({ changes: [], compression: Compression.ZSTD });
    expect(delta.packedBytes).toBeGreaterThan(delta.packed.length);
    stream.cancel();
  });

  it.each([
    [
      'a push before the hello',
      (stream: Stream) => stream.push(station('raw', 1, 'x')),
      'OUT_OF_TURN',
    ],
    [
      'a second hello',
      (stream: Stream) => {
        stream.hello('raw');
        stream.hello('raw');
      },
      'OUT_OF_TURN',
    ],
    ['an empty message', (stream: Stream) => stream.send(undefined), 'MISSING_FIELD'],
    [
      'another replica’s transaction',
      (stream: Stream) => {
        stream.hello('raw');
        stream.push(station('other', 1, 'x'));
      },
      'FOREIGN_WRITER',
    ],
  ])('refuses %s, and serves others', async (_name, act, reason) => {
    const [bad, good] = [new Stream(), new Stream()];
    good.hello('good');
    await good.live();
    act(bad);
    await eventually(() => bad.error !== undefined);
    expect(bad.error).toMatchObject({ reason });
    const writer = await server.client();
    writer.table(StationSchema).put({ id: 's1' });
    await eventually(() => good.deltas().length === 2);
    good.cancel();
  });

  it('counts open sessions, also when clients vanish', async () => {
    const admin = () =>
      new Promise<number>((resolve, reject) => {
        stubs.admin.getStatus({}, (error, { sessionCount }) =>
          error === null ? resolve(sessionCount) : reject(error),
        );
      });
    const stream = new Stream();
    stream.hello('raw');
    await stream.live();
    expect(await admin()).toBe(1);
    stream.cancel();
    await eventually(() => stream.error !== undefined);
    for (let attempt = 0; attempt < 100 && (await admin()) > 0; attempt++);
    expect(await admin()).toBe(0);
  });

  it('tells streams to connect again when the server stops, and closes in time', async () => {
    const stream = new Stream();
    stream.hello('raw');
    await stream.live();
    await server.running.close(2_000);
    expect(stream.error).toMatchObject({ code: 14, reason: 'SERVER_STOPPING' });
    expect(stream.error?.retryDelayMs).toBeGreaterThan(0);
  });
});

describe('what an identity may do', () => {
  const someone: Identity = {
    name: 'someone',
    readScopes: ['station/s1'],
    writeScopes: ['station/s1'],
    relay: false,
    admin: false,
    expiresAtMs: undefined,
  };

  async function as(identity: Partial<Identity>): Promise<void> {
    stubs.close();
    await server.close();
    await start({ authorise: () => ({ ...someone, ...identity }) });
  }

  it('[P26] nothing at all without one', async () => {
    stubs.close();
    await server.close();
    await start({
      authorise: () => {
        throw new Error('a secret of the authoriser');
      },
      log: createMemoryLog({ id: new Uint8Array(16) }),
    });
    const stream = new Stream();
    stream.hello('raw');
    await eventually(() => stream.error !== undefined);
    expect(stream.error?.message).not.toContain('secret');
    expect(stream.responses).toEqual([]);
  });

  it('[I7] reads its own scopes alone', async () => {
    await as({});
    const stream = new Stream();
    stream.hello('raw', { scopes: ['*'] });
    await stream.live();
    const [welcome] = stream.responses;
    expect(welcome).toMatchObject({ value: { scopes: ['', '$replica/raw', 'station/s1'] } });
    stream.cancel();
  });

  it('uses neither DataService nor AdminService without the right', async () => {
    await as({});
    const refused = new Promise((_resolve, reject) => {
      stubs.admin.getStatus({}, (error) => reject(errorOf(error!)));
    });
    await expect(refused).rejects.toMatchObject({ code: 7, reason: 'ADMIN_DENIED' });
  });

  it('[I7] speaks as its own replicas alone', async () => {
    await as({ replicas: ['raw', 'phone-*'] });
    const [bad, good] = [new Stream(), new Stream()];
    bad.hello('other');
    good.hello('phone-7');
    await good.live();
    await eventually(() => bad.error !== undefined);
    expect(bad.error).toMatchObject({ code: 7, reason: 'REPLICA_DENIED' });
    good.cancel();
  });

  it('[I7] takes no row out of no scope, and puts none into it', async () => {
    await as({ writeScopes: ['station/s1'] });
    const stream = new Stream();
    stream.hello('raw');
    const row = toBinary(InspectionSchema, create(InspectionSchema, { id: 'draft' }));
    const [change] = station('raw', 1, 'x').changes;
    const draft = {
      ...change!,
      table: 'test.v1.Inspection',
      content: { $case: 'rowBytes' as const, value: row },
    };
    stream.push({ ...station('raw', 1, 'x'), changes: [draft] });
    await eventually(() => stream.responses.some(({ $case }) => $case === 'pushResult'));
    const results = stream.responses.flatMap((body) =>
      body.$case === 'pushResult' ? body.value.outcomes : [],
    );
    expect(results).toMatchObject([{ status: OutcomeStatus.REFUSED, reason: 'SCOPE_DENIED' }]);
    stream.cancel();
  });

  it('[I7] finds no row where it may neither read nor write one', async () => {
    stubs.close();
    await server.close();
    let identity: Identity = { ...someone, readScopes: ['*'], writeScopes: ['*'] };
    await start({ authorise: () => identity });
    const pushed = async (replica: string, ...changes: Transaction['changes']) => {
      const stream = new Stream();
      stream.hello(replica);
      stream.push({ ...station(replica, 1, 'x'), changes });
      await eventually(() => stream.responses.some(({ $case }) => $case === 'pushResult'));
      stream.cancel();
      const [outcome] = stream.responses.flatMap((body) =>
        body.$case === 'pushResult' ? body.value.outcomes : [],
      );
      return outcome!.reason;
    };
    const value = toBinary(
      InspectionSchema,
      create(InspectionSchema, { id: 'i', stationId: 's2' }),
    );
    const [blank] = station('', 1, '').changes;
    const table = 'test.v1.Inspection';
    const put = { ...blank!, table, content: { $case: 'rowBytes' as const, value } };
    expect(await pushed('desk', put)).toBe('');
    const patch = { ...put, operation: Operation.PATCH };
    const deletion = { ...put, key: 'i', operation: Operation.DELETE, content: undefined };
    identity = someone;
    expect(await pushed('a', patch)).toBe('ROW_NOT_FOUND');
    expect(await pushed('b', deletion)).toBe('');
    expect(await pushed('c', put)).toBe('SCOPE_DENIED');
    identity = { ...someone, readScopes: ['station/*'] };
    expect(await pushed('d', patch)).toBe('SCOPE_DENIED');
    expect(await pushed('e', deletion)).toBe('SCOPE_DENIED');
  });

  it('[P29] ends an idle stream when it expires', async () => {
    await as({ expiresAtMs: Date.now() + 1_000 });
    const stream = new Stream();
    stream.hello('raw');
    await stream.live();
    await eventually(() => stream.error !== undefined);
    expect(stream.error).toMatchObject({ code: 16, reason: 'IDENTITY_EXPIRED' });
  });

  it('[P29] ends when it expires, also in the middle of a session', async () => {
    await as({ expiresAtMs: Date.now() + 1_000 });
    const stream = new Stream();
    stream.hello('raw');
    await stream.live();
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    stream.push(station('raw', 1, 'late'));
    await eventually(() => stream.error !== undefined);
    expect(stream.error).toMatchObject({ code: 16, reason: 'IDENTITY_EXPIRED' });
    expect(server.database.source.state.head).toBe(1);
  });
});
