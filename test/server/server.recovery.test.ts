/** A server whose log fails and comes back, over real gRPC. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { afterEach, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type Change, Operation } from '../../gen/ts/syncdb/v1/data.ts';
import type { Status } from '../../src/client/status.ts';
import { cannotOpen, logCorrupt } from '../../src/log/log-errors.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { attachThreadLog } from '../../src/log/thread-log.ts';
import { silent } from '../../src/server/logger.ts';
import type { CrashPlan } from '../log/support/crashing-worker.ts';
import { call, handshakeOf, stubsOf } from '../support/raw-calls.ts';
import {
  eventually,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.ts';
import { FaultyMedium } from './support/faulty-medium.ts';

let medium: FaultyMedium;
let server: TestServer;

/** A server with a client that is live. */
async function start(options: TestServerOptions = {}) {
  medium = new FaultyMedium();
  server = await startTestServer({
    log: await medium.open(),
    reopenLog: () => medium.open(),
    ...options,
  });
  const statuses: Status['state'][] = [];
  const client = await server.client({ on: { status: ({ state }) => statuses.push(state) } });
  await client.synced();
  statuses.length = 0;
  return { client, statuses };
}

afterEach(() => server.close());

const removal: Change = {
  operation: Operation.DELETE,
  table: 'test.v1.Station',
  key: 's9',
  content: undefined,
  fields: [],
  baseVersion: undefined,
  baseCounter: 0n,
  ifMatch: '',
  ifNoneMatch: false,
  baseAbsent: false,
};

async function transact(): Promise<unknown> {
  const stubs = stubsOf(server);
  const request = { database: 'field', requestId: '', changes: [removal] };
  try {
    return await call((done) => stubs.data.transact(request, done));
  } finally {
    stubs.close();
  }
}

async function push(): Promise<unknown> {
  const stubs = stubsOf(server);
  const transaction = {
    replicaId: 'pusher',
    counter: 1n,
    previousDigest: new Uint8Array(0),
    stamp: 0n,
    schemaVersion: 0,
    changes: [removal],
  };
  const handshake = handshakeOf(server, 'pusher');
  const request = { handshake, transactions: [transaction], refuseUnfit: false };
  try {
    return await call((done) => stubs.sync.push(request, done));
  } finally {
    stubs.close();
  }
}

/** What health checks are told of the taking of writes, of a service, and of the server as a whole. */
async function health(): Promise<string[]> {
  const Health = makeGenericClientConstructor(service, 'grpc.health.v1.Health');
  const client = new Health(server.address, credentials.createInsecure());
  const check = async (name: string) => {
    const answer = await call<{ status: string }>((done) => client.check!({ service: name }, done));
    return answer.status;
  };
  const told = await Promise.all(['syncdb.v1.Writes', 'syncdb.v1.SyncService', ''].map(check));
  client.close();
  return told;
}

it('[I2] opens its log again while reads and sync go on, and answers who waits', async () => {
  const told: unknown[] = [];
  const { client, statuses } = await start({
    onWriteState: (name, state, cause) => told.push([name, state, (cause as Error)?.message]),
  });
  medium.appendFates.push('lost');
  medium.openFates.push(cannotOpen('/the/log', undefined), cannotOpen('/the/log', undefined));
  const written = client.table(StationSchema).put({ id: 's1' });
  await eventually(() => server.database.writeState === 'recovering');
  expect(await health()).toEqual(['NOT_SERVING', 'SERVING', 'SERVING']);
  await expect(transact()).rejects.toMatchObject({
    code: 14,
    reason: 'DATABASE_RECOVERING',
    retryDelayMs: 1_000,
  });
  await (await server.client()).synced();
  expect(server.database.writeState).toBe('recovering');
  expect(await written.outcome).toMatchObject({ status: 'committed' });
  expect(await health()).toEqual(['SERVING', 'SERVING', 'SERVING']);
  expect(told).toEqual([
    ['field', 'recovering', expect.stringContaining('/the/log: the append failed')],
    ['field', 'open', undefined],
  ]);
  expect(statuses).toEqual([]);
  await transact();
});

it.each([
  ['before', 'throw'],
  ['before', 'exit'],
  ['after', 'throw'],
  ['after', 'exit'],
] as const)(
  '[I2][I3] goes on with a new thread where the one of its log ends, %s an append is durable, by %s',
  async (when, how) => {
    const folder = mkdtempSync(join(tmpdir(), 'syncdb-recovery-'));
    const path = join(folder, 'main.syncdb');
    const file = join(import.meta.dirname, '..', 'log', 'support', 'crashing-worker.ts');
    const plan: CrashPlan = { path, when, how };
    const { client, statuses } = await start({
      // The first append is that of the schema, which it outlives.
      log: await attachThreadLog(new Worker(file, { workerData: plan }), path),
      reopenLog: () => openSqliteLog({ path }),
      onWriteState: () => {},
    });
    const outcomes = ['s1', 's2', 's3'].map(
      (id) => client.table(StationSchema).put({ id }).outcome,
    );
    expect(await Promise.all(outcomes)).toMatchObject(Array(3).fill({ status: 'committed' }));
    await client.synced();
    expect(statuses).toEqual([]);
    await server.running.close(100);
    const log = await openSqliteLog({ path });
    expect(log.head).toBe(4);
    await log.close();
    rmSync(folder, { recursive: true });
  },
);

it('keeps a stream open whose push came while the log was being opened', async () => {
  const { client, statuses } = await start();
  const other = await server.client();
  await other.synced();
  medium.appendFates.push('lost');
  medium.openFates.push(cannotOpen('/the/log', undefined));
  const first = other.table(StationSchema).put({ id: 's1' });
  await eventually(() => server.database.writeState === 'recovering');
  const written = client.table(StationSchema).put({ id: 's2' });
  expect(await Promise.all([first.outcome, written.outcome])).toMatchObject([
    { status: 'committed' },
    { status: 'committed' },
  ]);
  expect(statuses).toEqual([]);
});

it('[P6] on a full disk refuses writes, serves everything else, and goes on when there is room', async () => {
  const { client, statuses } = await start();
  const reader = await server.client();
  client.table(StationSchema).put({ id: 's0' });
  await client.synced();
  medium.appendFates.push('full', 'full', 'full', 'full');
  const outcomes = ['s1', 's2'].map((id) => client.table(StationSchema).put({ id }).outcome);
  await eventually(() => server.database.writeState === 'full');
  await expect(transact()).rejects.toMatchObject({
    code: 8,
    reason: 'LOG_DISK_FULL',
    retryDelayMs: 1_000,
  });
  await expect(push()).rejects.toMatchObject({
    code: 8,
    reason: 'LOG_DISK_FULL',
    retryDelayMs: 1_000,
  });
  expect(await health()).toEqual(['SERVING', 'SERVING', 'SERVING']);
  await reader.synced();
  expect(reader.table(StationSchema).count()).toBe(1);
  expect(client.pendingCount).toBe(2);
  // Nobody writes meanwhile, so no commit tells the client to try again.
  expect(await Promise.all(outcomes)).toMatchObject([
    { status: 'committed', counter: 2 },
    { status: 'committed', counter: 3 },
  ]);
  expect(statuses).toEqual([]);
  await eventually(() => reader.table(StationSchema).count() === 3);
  expect(medium.records).toHaveLength(4);
});

it('ends in good order while its log is not open', async () => {
  const { client } = await start();
  medium.appendFates.push('lost');
  medium.openFates.push(...Array(20).fill(cannotOpen('/the/log', undefined)));
  client.table(StationSchema).put({ id: 's1' });
  await eventually(() => server.database.writeState === 'recovering');
  await server.running.close(100);
  expect(medium.openHandles).toBe(0);
});

it('says so in a line, and has failed, where its log is damaged', async () => {
  const lines: unknown[] = [];
  const line = (facts: object, sentence: string) => lines.push({ ...facts, sentence });
  const { client } = await start({ logger: { ...silent, warn: line, error: line } });
  medium.appendFates.push('lost');
  medium.openFates.push(logCorrupt('/the/log', 1, 'its page'));
  client.table(StationSchema).put({ id: 's1' });
  const cause = await server.running.failed;
  expect(cause).toMatchObject({ reason: 'LOG_CORRUPT' });
  expect(await health()).toEqual(['NOT_SERVING', 'NOT_SERVING', 'NOT_SERVING']);
  expect(lines).toMatchObject([
    {
      ...{ database: 'field', state: 'recovering', reason: 'LOG_OUTCOME_UNKNOWN' },
      sentence: 'database field: takes no writes until its log is open again',
    },
    {
      ...{ database: 'field', state: 'failed', reason: 'LOG_CORRUPT' },
      sentence: 'database field: takes no writes until it is started again',
    },
  ]);
});
