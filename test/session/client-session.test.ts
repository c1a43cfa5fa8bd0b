import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { nothingSettled, type Settled, unorderedOutcome } from '../../src/change/commit.ts';
import type { RowDelta, ToldPosition } from '../../src/change/row-delta.ts';
import { digestOf } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import type { ClientSession, ClientState } from '../../src/session/client-session.ts';
import type { Delta, ServerMessage, Welcome } from '../../src/session/messages.ts';
import { deleteEdit, newsTable, putEdit, simSchema, taskTable } from '../support/sim-schema.ts';
import { clientSession, converse } from './support/conversation.ts';
import { logId, TestHome, TestRelay, testReplica } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';
import { committedRows, shown } from './support/rows.ts';

const nowMs = 1_700_000_000_000;

const welcome: Welcome = {
  type: 'welcome',
  sessionId: 's',
  protocol: 1,
  schemaVersion: simSchema.version,
  schemaFingerprint: simSchema.fingerprint,
  logId,
  head: 0,
  encoding: 'rows',
  compression: 'none',
  level: 'balanced',
  settled: nothingSettled,
  scopes: ['*'],
  rebuild: false,
  home: true,
  forkedAt: undefined,
  pushLimits: {
    ...{ pushTransactionsMax: 0, pushBytesMax: 0 },
    ...{ partBytesMax: 0, partTransactionBytesMax: 0 },
  },
};
const delta: Delta = {
  type: 'delta',
  deltas: [],
  cursor: Uint8Array.of(1),
  checkpoint: undefined,
  progress: undefined,
  answeredProbe: 0,
};
const messages: Readonly<Record<ServerMessage['type'], ServerMessage>> = {
  welcome,
  delta,
  'push-result': { type: 'push-result', outcomes: [] },
  relayed: { type: 'relayed', transactions: [] },
  'part-result': { type: 'part-result', replica: 'p', counter: 1, receivedBytes: 0 },
};

describe('every state takes every message', () => {
  /** The state after it; or the reason of the error, after which the session is disconnected. */
  type Result = ClientState | 'OUT_OF_TURN' | 'FORK_UNRESOLVED';
  const table: Record<ClientState, Record<ServerMessage['type'], Result>> = {
    disconnected: {
      welcome: 'disconnected',
      delta: 'disconnected',
      'push-result': 'disconnected',
      relayed: 'disconnected',
      'part-result': 'disconnected',
    },
    greeting: {
      welcome: 'catching-up',
      delta: 'OUT_OF_TURN',
      'push-result': 'OUT_OF_TURN',
      relayed: 'OUT_OF_TURN',
      'part-result': 'OUT_OF_TURN',
    },
    'catching-up': {
      welcome: 'OUT_OF_TURN',
      delta: 'catching-up',
      'push-result': 'catching-up',
      relayed: 'catching-up',
      'part-result': 'catching-up',
    },
    live: {
      welcome: 'OUT_OF_TURN',
      delta: 'live',
      'push-result': 'live',
      relayed: 'live',
      'part-result': 'live',
    },
    forked: {
      welcome: 'OUT_OF_TURN',
      delta: 'forked',
      // It answers nothing of what was asked.
      'push-result': 'FORK_UNRESOLVED',
      relayed: 'forked',
      'part-result': 'forked',
    },
  };
  const cases = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([type, result]) => ({ state, type, result })),
  );

  test.each(cases)('$state takes $type: $result', ({ state, type, result }) => {
    const session = sessionIn(state as ClientState);
    expect(session.state).toBe(state);
    const error = errorOf(() => session.receive(messages[type as ServerMessage['type']]));
    expect(error?.reason ?? session.state).toBe(result);
    if (error !== undefined) expect(session.state).toBe('disconnected');
  });
});

describe('what is sent', () => {
  test('[P20] is one hello with versions, fingerprint and cursor, then nothing until the welcome', () => {
    const replica = testReplica('p');
    replica.write([putEdit(newsTable, 'n', {})], nowMs);
    const session = clientSession(replica, { scopes: ['site/a'], tables: [taskTable.name] });
    expect(session.next()).toBeUndefined();
    session.connect();
    expect(session.next()).toMatchObject({
      type: 'hello',
      relay: false,
      handshake: {
        protocolMin: 1,
        protocolMax: 1,
        database: 'd',
        schemaVersion: simSchema.version,
        schemaFingerprint: simSchema.fingerprint,
        replica: 'p',
      },
      subscription: { scopes: ['site/a'], tables: [taskTable.name], cursor: new Uint8Array(0) },
    });
    expect(session.next()).toBeUndefined();
    session.receive(welcome);
    expect(session.next()).toMatchObject({ type: 'push', transactions: [{ counter: 1 }] });
    expect(session.next()).toBeUndefined();
  });

  test('[P24] leaves out what the server has settled', () => {
    const { replica, session } = greeting('p');
    for (const key of ['a', 'b', 'c']) replica.write([putEdit(newsTable, key, {})], nowMs);
    // An earlier stream has sent them.
    replica.seal();
    session.receive({ ...welcome, settled: digestedAt(replica, 2) });
    expect(session.next()).toMatchObject({ transactions: [{ counter: 3 }] });
    // They are in the queue until the checkpoint that covers them.
    expect(replica.queue.of('p')).toHaveLength(3);
  });

  test('[P24] and that goes with the first checkpoint, which covers it', () => {
    const { replica, session } = greeting('p');
    replica.write([putEdit(newsTable, 'a', {})], nowMs);
    session.receive({ ...welcome, settled: digestedAt(replica, 1) });
    expect(session.receive(checkpointOf(1))).toEqual([
      { type: 'checkpoint', seq: 1, settled: [expect.objectContaining({ counter: 1 })] },
    ]);
    expect(replica.queue.length).toBe(0);
  });

  test('leaves out what is not on stable storage', () => {
    const replica = testReplica('p');
    let stored = 1;
    const session = clientSession(replica, { storedCounter: () => stored });
    replica.write([putEdit(newsTable, 'a', {})], nowMs);
    replica.write([putEdit(newsTable, 'b', {})], nowMs);
    session.connect();
    session.next();
    session.receive(welcome);
    expect(session.next()).toMatchObject({ transactions: [{ counter: 1 }] });
    expect(session.next()).toBeUndefined();
    stored = 2;
    expect(session.next()).toMatchObject({ transactions: [{ counter: 2 }] });
  });

  // Found by seed 220 of 1,000 steps: what copies of a device had moved to the same id was taken for never sent.
  test('[I3] is nothing under an id that is not on stable storage', () => {
    let isStored = false;
    const session = clientSession(testReplica('p'), { isIdStored: () => isStored });
    session.connect();
    expect(session.next()).toBeUndefined();
    isStored = true;
    expect(session.next()).toMatchObject({ type: 'hello', handshake: { replica: 'p' } });
  });

  test('is an ack after each checkpoint that brought rows, and a probe when one is asked for', () => {
    const home = new TestHome();
    home.write('d', putEdit(newsTable, 'a', {}));
    const { session } = greeting('p');
    const line = converse(session, home);
    expect(line.server.storedCursor.length).toBeGreaterThan(0);
    expect([session.probe(), session.probe()]).toEqual([1, 2]);
    expect(session.next()).toEqual({ type: 'probe', number: 2 });
    expect(session.next()).toBeUndefined();
  });
});

test('[I8] an ack waits until its cursor is on stable storage', () => {
  const home = new TestHome();
  home.write('d', putEdit(newsTable, 'a', {}));
  const replica = testReplica('p');
  let stored = new Uint8Array(0);
  const session = clientSession(replica, { storedCursor: () => stored });
  const line = converse(session, home);
  expect(replica.cursor.length).toBeGreaterThan(0);
  expect(line.server.storedCursor).toEqual(new Uint8Array(0));
  stored = replica.cursor.slice();
  line.run();
  expect(line.server.storedCursor).toEqual(replica.cursor);
});

describe('a probe', () => {
  test('that is asked before the hello is answered by the first checkpoint', () => {
    const { session } = greeting('p', false);
    expect(session.probe()).toBe(1);
    session.connect();
    expect(session.probe()).toBe(2);
    session.next();
    const late = session.probe();
    session.receive(welcome);
    session.receive(checkpointOf(0));
    expect(session.answeredProbe).toBe(2);
    expect(session.next()).toEqual({ type: 'probe', number: late });
    session.receive({ ...checkpointOf(0), answeredProbe: late });
    expect(session.answeredProbe).toBe(late);
  });

  test('that got lost with its stream is answered on the next', () => {
    const { session } = greeting('p');
    session.receive(welcome);
    const number = session.probe();
    session.next();
    session.disconnect();
    converse(session, new TestHome());
    expect(session.answeredProbe).toBe(number);
  });
});

describe('a checkpoint', () => {
  test('shows all at once, with progress before', () => {
    const home = new TestHome({ deltaRowsMax: 1 });
    home.write('d', putEdit(newsTable, 'a', {}), putEdit(newsTable, 'b', {}));
    const { replica, session } = greeting('p');
    const line = converse(session, home);
    expect(line.events.map(({ type }) => type)).toEqual([
      'welcome',
      'progress',
      'progress',
      'checkpoint',
    ]);
    expect(committedRows(replica.committed).size).toBe(2);
  });

  test('that does not prove is followed by a new copy, and settles nothing', () => {
    const { replica, session } = greeting('p');
    replica.write([putEdit(newsTable, 'a', {})], nowMs);
    session.receive(welcome);
    expect(session.next()).toMatchObject({ type: 'push' });
    const settled = new Map([['p', digestedAt(replica, 1)]]);
    const wrong = { seq: 4, rowCount: 9, digest: 9n, settled };
    const events = session.receive({ ...delta, checkpoint: wrong });
    expect(events).toEqual([{ type: 'rebuild', seq: 4 }]);
    expect(session.state).toBe('disconnected');
    expect(replica.cursor).toEqual(new Uint8Array(0));
    expect(replica.queue.of('p')).toHaveLength(1);
    expect(replica.committed.head).toBe(0);
    // What still comes on the old stream must not get into the new copy.
    expect(session.receive(checkpointOf(5))).toEqual([]);
    expect(replica.cursor).toEqual(new Uint8Array(0));
  });

  test.each<[string, Partial<RowDelta>]>([
    ['of an unknown table', { table: 't.Nope' }],
    ['of a row that is not here', { kind: 'patch' }],
    ['whose row does not parse', { row: Uint8Array.of(255) }],
  ])('is never reached with a delta %s: the copy begins anew', (_, change) => {
    const row: RowDelta = {
      kind: 'full',
      table: newsTable.name,
      number: 0,
      key: 'a',
      version: 1,
      stamp: 0,
      writer: '',
      fields: [],
      scopes: [''],
      row: new Uint8Array(0),
      ...change,
    };
    const { replica, session } = greeting('p');
    session.receive(welcome);
    const progress = { rowsDone: 1, rowsLeft: 1 };
    expect(session.receive({ ...delta, deltas: [row], progress })).toEqual([
      { type: 'progress', progress },
      { type: 'rebuild', seq: 0 },
    ]);
    expect(replica.cursor).toEqual(new Uint8Array(0));
  });

  test('[I5] of a server that is behind what is shown is refused', () => {
    const home = new TestHome();
    const relay = new TestRelay('r');
    home.write('d', putEdit(newsTable, 'a', {}));
    converse(clientSession(relay.replica), home);
    home.write('d', deleteEdit(newsTable, 'a'));
    const { replica, session } = greeting('p');
    converse(session, home).cut();
    // Without its cursor the relay cannot know that it is behind.
    replica.restart();
    const line = converse(session, relay);
    expect(line.error).toMatchObject({ code: 14, reason: 'SOURCE_BEHIND', retryDelayMs: 1_000 });
    expect(replica.committed.head).toBe(2);
    expect(shown(replica, newsTable, 'a')).toBeUndefined();
    // The relay catches up, and the copy that was begun from it is completed.
    converse(clientSession(relay.replica), home);
    expect(converse(session, relay).error).toBeUndefined();
    expect(committedRows(replica.committed)).toEqual(committedRows(home.home.state));
  });
});

describe('rows that cannot be read', () => {
  const bad = new SyncError(Code.dataLoss, 'MALFORMED_BYTES', 'a block is damaged');
  const progress = { rowsDone: 10, rowsLeft: 50_000 };
  const encodingsOf = (message: unknown) =>
    (message as { subscription: { encodings: unknown } }).subscription.encodings;

  test('are asked for as plain rows on another stream, which says why, and only there', () => {
    const { session } = greeting('p');
    session.receive(welcome);
    const events = session.receive({ ...delta, progress, unreadable: bad });
    expect(events).toEqual([{ type: 'reencode', error: bad }]);
    expect(session.state).toBe('disconnected');

    session.connect();
    const hello = session.next();
    expect(encodingsOf(hello)).toEqual(['rows']);
    const told = { reason: 'MALFORMED_BYTES', detail: 'a block is damaged' };
    expect(hello).toMatchObject({ subscription: { unreadable: told } });
    session.receive(welcome);
    expect(session.receive({ ...delta, progress })).toEqual([
      { type: 'progress', progress },
      { type: 'reencode', error: undefined },
    ]);

    session.connect();
    const last = session.next();
    expect(encodingsOf(last)).toEqual(['packed']);
    expect(last).not.toHaveProperty('subscription.unreadable');
  });

  test('end the conversation where they came as rows', () => {
    const { session } = greeting('p');
    session.receive(welcome);
    session.receive({ ...delta, unreadable: bad });
    session.connect();
    session.next();
    session.receive(welcome);
    expect(errorOf(() => session.receive({ ...delta, unreadable: bad }))).toBe(bad);
    expect(session.state).toBe('disconnected');
  });

  test('leave what was pushed waiting, and the cursor where it was', () => {
    const { replica, session } = greeting('p');
    replica.write([putEdit(newsTable, 'a', {})], nowMs);
    session.receive(welcome);
    expect(session.next()).toMatchObject({ type: 'push' });
    const { cursor } = replica;
    session.receive({ ...delta, unreadable: bad });
    expect(replica.cursor).toEqual(cursor);
    session.connect();
    session.next();
    session.receive(welcome);
    expect(session.next()).toMatchObject({ type: 'push' });
  });
});

test('a copy that has no room for a delta says so, and is not begun anew: it would have none either', () => {
  const { replica, session } = greeting('p');
  session.receive(welcome);
  let restarts = 0;
  replica.restart = () => restarts++;
  replica.stage = () => {
    throw new SyncError(Code.resourceExhausted, 'CHUNK_FULL', 'no room');
  };
  expect(errorOf(() => session.receive(delta))?.reason).toBe('CHUNK_FULL');
  expect([session.state, restarts]).toEqual(['disconnected', 0]);
});

describe('a client that learns of a fork', () => {
  const foreign = { ...welcome, settled: { counter: 9, digest: Uint8Array.of(9) } };

  test.each([
    ['LOG_DISK_FULL', false],
    ['DATABASE_RECOVERING', false],
    ['MEMORY_FULL', false],
    ['CHUNK_FULL', false],
    ['BASE_AHEAD', true],
  ])('and is told %s by the home goes on without it: %s', (reason, waits) => {
    const { replica, session } = greeting('p');
    replica.write([putEdit(newsTable, 'a', {})], nowMs);
    session.receive(foreign);
    expect(session.next()).toMatchObject({ transactions: [{ counter: 1 }] });
    const outcomes = [unorderedOutcome({ replica: 'p', counter: 1 }, { reason, message: '' })];
    const result = { type: 'push-result', outcomes } as const;
    expect(errorOf(() => session.receive(result))?.reason).toBe('FORK_UNRESOLVED');
    session.connect();
    session.next();
    session.receive(foreign);
    expect([session.state, session.waitsForHome]).toEqual([
      waits ? 'catching-up' : 'forked',
      waits,
    ]);
  });
});

test('a welcome that says so begins a new copy behind the shown one', () => {
  const home = new TestHome();
  home.write('d', putEdit(newsTable, 'a', {}));
  const { replica, session } = greeting('p');
  converse(session, home);
  session.connect();
  session.receive({ ...welcome, rebuild: true });
  expect(replica.cursor).toEqual(new Uint8Array(0));
  expect(shown(replica, newsTable, 'a')).toBeDefined();
});

describe('transactions of others', () => {
  test('are shown on top of what is committed; the replica’s own are passed over', () => {
    const { replica, session } = greeting('p');
    session.receive(welcome);
    const [own, other] = [transactionOf('p', 1), transactionOf('q', 5)];
    expect(session.receive({ type: 'relayed', transactions: [own, other] })).toEqual([
      { type: 'relayed' },
    ]);
    expect(replica.queue.replicas()).toEqual(['q']);
    expect(shown(replica, newsTable, 'q5')).toBeDefined();
  });

  test('go where the first checkpoint does not name their writer', () => {
    const { replica, session } = greeting('p');
    replica.receive(transactionOf('q', 1));
    replica.receive(transactionOf('r', 1));
    session.receive(welcome);
    session.receive(checkpointOf(0, [['q', { ...nothingSettled, carried: 1 }]]));
    expect(replica.queue.replicas()).toEqual(['q']);
    session.receive(checkpointOf(0));
    expect(replica.queue.replicas()).toEqual(['q']);
  });

  test.each([
    [1, []],
    [2, ['q']],
    [3, ['q']],
  ])('go where it carries %i of their writer, and two are here', (carried, left) => {
    const { replica, session } = greeting('p');
    replica.receive(transactionOf('q', 1));
    replica.receive(transactionOf('q', 2));
    session.receive(welcome);
    session.receive(checkpointOf(0, [['q', { ...nothingSettled, carried }]]));
    expect(replica.queue.replicas()).toEqual(left);
  });

  test('stay with a relay until they are settled', () => {
    const { replica, session } = greeting('p', true, true);
    replica.receive(transactionOf('q', 1));
    session.receive(welcome);
    session.receive(checkpointOf(0));
    expect(replica.queue.replicas()).toEqual(['q']);
  });

  test('leave a relay when the home lacks those before them: their writer’s line was ended by another device', () => {
    for (const home of [true, false]) {
      const { replica, session } = greeting('r', true, true);
      replica.receive(transactionOf('q', 4));
      replica.receive(transactionOf('s', 1));
      session.receive({ ...welcome, home });
      session.next();
      const gap = { reason: 'COUNTER_GAP', message: '' };
      const answer = (counter: number) => unorderedOutcome({ replica: 'q', counter }, gap);
      session.receive({ type: 'push-result', outcomes: [answer(5)] });
      expect(replica.queue.replicas()).toEqual(['q', 's']);
      session.receive({ type: 'push-result', outcomes: [answer(4)] });
      // Another relay may only be behind.
      expect(replica.queue.replicas()).toEqual(home ? ['s'] : ['q', 's']);
    }
  });

  test('take the place of those that they do not follow, but at a relay', () => {
    for (const relay of [false, true]) {
      const { replica, session } = greeting('p', true, relay);
      replica.receive(transactionOf('q', 1));
      session.receive(welcome);
      session.receive({ type: 'relayed', transactions: [transactionOf('q', 7)] });
      const counters = replica.queue.of('q').map(({ transaction }) => transaction.counter);
      expect(counters).toEqual([relay ? 1 : 7]);
    }
  });

  test('are passed over where the queue is full', () => {
    const replica = testReplica('p', { limits: { queueTransactionsMax: 1 } });
    const session = clientSession(replica);
    session.connect();
    session.receive(welcome);
    const transactions = [transactionOf('q', 1), transactionOf('r', 1)];
    expect(session.receive({ type: 'relayed', transactions })).toEqual([{ type: 'relayed' }]);
    expect(replica.queue.length).toBe(1);
    // Nor does it matter whether they follow.
    session.receive({ type: 'relayed', transactions: [transactionOf('q', 9)] });
    session.receive({ type: 'relayed', transactions: [transactionOf('s', 1)] });
    expect(replica.queue.replicas()).toContain('q');
    // The replica's own writes find room all the same.
    expect(replica.write([putEdit(newsTable, 'own', {})], nowMs).counter).toBe(1);
  });

  test('that are none end the conversation', () => {
    const { session } = greeting('p');
    session.receive(welcome);
    const bad = transactionOf('q', 1, { ...putEdit(newsTable, 'a', {}), table: 't.Nope' });
    expect(errorOf(() => session.receive({ type: 'relayed', transactions: [bad] }))).toMatchObject({
      reason: 'UNKNOWN_TABLE',
    });
  });

  test('that a relay was sent do not go back', () => {
    const { session } = greeting('r', true, true);
    session.next();
    session.receive(welcome);
    session.receive({ type: 'relayed', transactions: [transactionOf('q', 1)] });
    expect(session.next()).toBeUndefined();
  });
});

test('errors that are not for clients come through', () => {
  const { replica, session } = greeting('p');
  session.receive(welcome);
  replica.stage = () => {
    throw new TypeError('broken');
  };
  expect(() => session.receive(delta)).toThrow(TypeError);
  replica.receive = replica.stage as never;
  session.connect();
  session.receive(welcome);
  const relayed = { type: 'relayed', transactions: [transactionOf('q', 1)] } as const;
  expect(() => session.receive(relayed)).toThrow(TypeError);
});

function greeting(id: string, connected = true, relay = false) {
  const replica = testReplica(id, { relay });
  const session = clientSession(replica);
  if (connected) session.connect();
  return { replica, session };
}

function sessionIn(state: ClientState): ClientSession {
  const { replica, session } = greeting('p', state !== 'disconnected');
  if (state === 'forked') {
    // So that something is to be asked.
    replica.write([putEdit(newsTable, 'a', {})], nowMs);
    replica.seal();
    session.receive({ ...welcome, settled: { counter: 9, digest: Uint8Array.of(9) } });
    session.next();
    session.next();
  }
  if (state === 'catching-up' || state === 'live') session.receive(welcome);
  if (state === 'live') session.receive(checkpointOf(0));
  return session;
}

/** A checkpoint of a database without rows. */
function checkpointOf(seq: number, settled: readonly [string, ToldPosition][] = []): Delta {
  return { ...delta, checkpoint: { seq, rowCount: 0, digest: 0n, settled: new Map(settled) } };
}

/** The replica's own position at one of its queued transactions. */
function digestedAt(replica: Replica, counter: number): Settled {
  replica.seal();
  const [entry] = replica.queue.behind(replica.id, counter - 1);
  return { counter, digest: digestOf(entry!.transaction) };
}

function errorOf(step: () => void): SyncError | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}
