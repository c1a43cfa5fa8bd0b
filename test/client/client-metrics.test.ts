import { afterEach, beforeEach, expect, test } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { type ClientMetrics, Measured } from '../../src/client/client-metrics.ts';
import { WrittenTransaction } from '../../src/client/written-transaction.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { transactionOf } from '../session/support/messages.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';

/** Sums of what was counted, and all that was timed. */
function counted() {
  const sums: Record<string, number> = {};
  const times: [string, number][] = [];
  const metrics: ClientMetrics = {
    add: (name, value) => {
      sums[name] = (sums[name] ?? 0) + value;
    },
    record: (name, ms) => void times.push([name, ms]),
  };
  return { sums, times, metrics };
}

test('counts what it is told, and times it by the clock, which may be set back', () => {
  const { sums, times, metrics } = counted();
  let nowMs = 100;
  const measured = new Measured(metrics, () => nowMs);
  measured.checkpoint();
  measured.greeted();
  nowMs = 130;
  measured.checkpoint();
  measured.checkpoint();
  nowMs = 0;
  const written = new WrittenTransaction({ ...transactionOf('ann', 1), stamp: 1024 * 1024 });
  const outcome: Outcome = {
    ...{ replica: 'ann', counter: 1, refusal: undefined },
    ...({ status: 'committed', conflicts: 2 } as const),
  };
  measured.settled(written, outcome);
  measured.settled(written, { ...outcome, status: 'refused', conflicts: 0 });
  expect(sums).toEqual({
    connections: 1,
    transactions_committed: 1,
    transactions_refused: 1,
    conflicts: 2,
  });
  expect(times).toEqual([
    ['catch_up_ms', 30],
    ['commit_ms', 0],
    ['commit_ms', 0],
  ]);
});

let server: TestServer;
let tokens: string[];
beforeEach(async () => {
  tokens = [];
  server = await startTestServer({
    authorise: (call) => {
      tokens.push(`${call.metadata('authorization')} ${call.metadata('x-tenant')}`);
      if (refused.has(`${call.metadata('authorization')}`)) throw expired;
      return trustEveryone(call);
    },
  });
});
afterEach(() => server.close());

const refused = new Set(['Bearer old1', 'Bearer old3', 'Bearer old5']);
const expired = new SyncError(Code.unauthenticated, 'TOKEN_EXPIRED', 'the token has expired');

test('a client counts its messages and what becomes of its edits, and logs its way', async () => {
  const { sums, times, metrics } = counted();
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  const logger = { debug: say, info: say, warn: say, error: say };
  const client = await server.client({ metrics, logger });
  client.table(StationSchema).put({ id: 's' });
  client.table(InspectionSchema).put({ id: 'i', notes: 'x'.repeat(300) });
  await client.synced();
  expect(sums).toMatchObject({
    connections: 1,
    transactions_sent: 2,
    transactions_committed: 1,
    transactions_refused: 1,
  });
  expect(sums.bytes_sent).toBeGreaterThan(300);
  expect(sums.bytes_received).toBeGreaterThan(100);
  const timed = times.map(([name]) => name);
  expect(timed.filter((name) => name === 'commit_ms')).toHaveLength(2);
  expect(timed).toContain('catch_up_ms');
  expect(said).toEqual(expect.arrayContaining(['connecting', 'live', 'a transaction was refused']));
});

test('what a logger or an instrument throws harms nobody', async () => {
  const thrown: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error));
  const fail = () => {
    throw new Error('of the app');
  };
  try {
    const client = await server.client({
      metrics: { add: fail, record: fail },
      logger: { debug: fail, info: fail, warn: fail, error: fail },
    });
    client.table(StationSchema).put({ id: 's' });
    await client.synced();
    expect(client.pendingCount).toBe(0);
    await eventually(() => thrown.length > 5);
    // Its end is told, too.
    await client.close();
    await new Promise((resolve) => setTimeout(resolve, 10));
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
});

test('a token goes along with each stream, as it is then, beside other metadata', async () => {
  let count = 0;
  const token = async () => `t${++count}`;
  const client = await server.client({ token, metadata: () => ({ 'x-tenant': 'acme' }) });
  await client.synced();
  client.disconnect();
  client.connect();
  await client.synced();
  const fixed = await server.client({ token: 'fixed' });
  await fixed.synced();
  expect(tokens).toEqual(['Bearer t1 acme', 'Bearer t2 acme', 'Bearer fixed ']);
});

test('a token that is refused is asked for once more, after each checkpoint again', async () => {
  let count = 0;
  const states: string[] = [];
  const client = await server.client({
    token: () => `old${++count}`,
    on: { status: ({ state }) => states.push(state) },
  });
  await client.synced();
  for (const scopes of [['*'], ['station/*']]) {
    // Another stream, which nobody has asked for by `connect()`.
    client.subscribe({ scopes });
    await client.synced();
  }
  expect(tokens.map((token) => token.split(' ')[1])).toEqual([
    ...['old1', 'old2', 'old3', 'old4', 'old5', 'old6'],
  ]);
  expect(states).not.toContain('blocked');
});
