import { describe, expect, test } from 'vitest';
import { SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf } from '../../src/change/transaction.ts';
import { encodeCursor, groupAt } from '../../src/session/cursor.ts';
import type { ClientMessage, ServerMessage, TransactionPart } from '../../src/session/messages.ts';
import { checkPushSize } from '../../src/session/push-intake.ts';
import { pushLimitsOf } from '../../src/session/push-limits.ts';
import { ServerSession, type ServerState } from '../../src/session/server-session.ts';
import type { Identity } from '../../src/session/source.ts';
import { WholeTransaction } from '../../src/session/whole-transaction.ts';
import { noRows } from '../../src/wire/delta-rows.ts';
import { serverMessageToWire } from '../../src/wire/sync-messages.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, taskTable } from '../support/sim-schema.ts';
import { type Host, identity, logId, TestHome, TestRelay } from './support/hosts.ts';
import { helloOf, partsOf, pushOf, transactionOf } from './support/messages.ts';

const push = pushOf(transactionOf('p', 1));
const ack = { type: 'ack', cursor: new Uint8Array(3) } as const;
const probe = { type: 'probe', number: 1 } as const;
const messages: Readonly<Record<ClientMessage['type'], ClientMessage>> = {
  hello: helloOf('p'),
  push,
  ack,
  probe,
  part: partsOf(transactionOf('p', 1))[0]!,
};

describe('every state takes every message', () => {
  /** The state after it; or the reason of the error, after which the session is closed. */
  const table: Record<ServerState, Record<ClientMessage['type'], ServerState | 'OUT_OF_TURN'>> = {
    'expecting-hello': {
      hello: 'catching-up',
      push: 'OUT_OF_TURN',
      ack: 'OUT_OF_TURN',
      probe: 'OUT_OF_TURN',
      part: 'OUT_OF_TURN',
    },
    'catching-up': {
      hello: 'OUT_OF_TURN',
      push: 'catching-up',
      ack: 'catching-up',
      probe: 'catching-up',
      part: 'catching-up',
    },
    live: { hello: 'OUT_OF_TURN', push: 'live', ack: 'live', probe: 'live', part: 'live' },
    closed: { hello: 'closed', push: 'closed', ack: 'closed', probe: 'closed', part: 'closed' },
  };
  const cases = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([type, result]) => ({ state, type, result })),
  );

  test.each(cases)('$state takes $type: $result', ({ state, type, result }) => {
    const session = sessionIn(state as ServerState);
    expect(session.state).toBe(state);
    const error = errorOf(() => session.receive(messages[type as ClientMessage['type']], 0));
    expect(error?.reason ?? session.state).toBe(result);
    if (error !== undefined) expect(session.state).toBe('closed');
  });

  test('a closed session has nothing more to say, and takes no answers', () => {
    const session = sessionIn('live');
    session.receive(push, 0);
    session.close();
    session.answer([]);
    expect(session.submissions()).toEqual([]);
    expect(session.next(0)).toBeUndefined();
    expect(session.replica).toBe('');
  });
});

describe('a hello', () => {
  test('[P17][P20] is welcomed with what both speak, and with where the replica stands', () => {
    const home = new TestHome();
    home.write('p', putEdit(newsTable, 'n', {}));
    const session = sessionOf(home);
    expect(session.replica).toBe('');
    const subscription = { encodings: ['packed', 'rows'], compressions: ['none', 'zstd'] } as const;
    session.receive(helloOf('p', { subscription }), 0);
    expect(session.replica).toBe('p');
    expect(session.next(0)).toEqual({
      type: 'welcome',
      sessionId: 's',
      protocol: 1,
      schemaVersion: home.source.schema.version,
      schemaFingerprint: home.source.schema.fingerprint,
      logId,
      head: 1,
      encoding: 'packed',
      compression: 'zstd',
      level: 'balanced',
      settled: home.home.settled('p'),
      scopes: ['$replica/p', '*'],
      rebuild: false,
      home: true,
      pushLimits: pushLimitsOf(home.limits),
      pushCompressions: ['none', 'zstd', 'deflate'],
      pushRowNumbers: true,
    });
  });

  test('without wishes gets rows that are not compressed', () => {
    expect(welcomed(helloOf('p'))).toMatchObject({ encoding: 'rows', compression: 'none' });
  });

  test('[P18] of another schema is refused, and nothing follows it', () => {
    const session = sessionOf(new TestHome());
    const hello = helloOf('p', { handshake: { schemaFingerprint: 'other' } });
    expect(errorOf(() => session.receive(hello, 0))?.reason).toBe('SCHEMA_MISMATCH');
    expect(session.state).toBe('closed');
  });

  test('as a relay needs an identity that may be one', () => {
    const hello = helloOf('r', { relay: true });
    const session = sessionOf(new TestHome(), { relay: false });
    expect(errorOf(() => session.receive(hello, 0))).toMatchObject({
      code: 7,
      reason: 'RELAY_DENIED',
    });
    expect(welcomed(hello)).toMatchObject({ scopes: ['$replica/*', '$writers', '*'] });
  });

  test.each([
    ['of bytes that are none', () => Uint8Array.of(1, 2, 3), 'BAD_CURSOR'],
    ['of another log', () => cursorAt(1, new Uint8Array(16)), 'CURSOR_FOREIGN'],
    ['ahead of the log', () => cursorAt(3, logId), 'HISTORY_FORKING'],
  ])('[I8] with a cursor %s is an error, not a fresh start', (_, cursor, reason) => {
    const home = new TestHome();
    home.write('d', putEdit(newsTable, 'n', {}));
    const session = sessionOf(home);
    const hello = helloOf('p', { subscription: { cursor: cursor() } });
    expect(errorOf(() => session.receive(hello, 0))?.reason).toBe(reason);
  });

  test('[I13] whose cursors would be too large is refused, instead of a cursor that is later', () => {
    const scopes = ['site/a', 'site/b'];
    const size = encodeCursor({
      logId,
      check: 0,
      groups: [groupAt(0, ['', '$replica/p', ...scopes], [])],
      progress: undefined,
    }).length;
    const ask = (cursorBytesMax: number) => () =>
      sessionOf(new TestHome({ cursorBytesMax })).receive(
        helloOf('p', { subscription: { scopes } }),
        0,
      );
    expect(errorOf(ask(size + 104))).toBeUndefined();
    expect(errorOf(ask(size + 103))).toMatchObject({
      reason: 'SUBSCRIPTION_TOO_LARGE',
      fields: [{ field: 'subscription.scopes' }],
    });
  });

  test('[I13] is answered with a welcome of at most the bytes of a cursor and a few', () => {
    const { cursorBytesMax, scopeBytesMax } = defaultLimits;
    const count = Math.floor((cursorBytesMax - 200) / (scopeBytesMax + 2));
    const scopes = Array.from({ length: count }, (_, at) =>
      `site/${at}`.padEnd(scopeBytesMax, '.'),
    );
    const bytes = SyncResponse.encode(
      serverMessageToWire(welcomed(helloOf('p', { subscription: { scopes } }))!, noRows),
    ).finish();
    expect(bytes.length).toBeGreaterThan(cursorBytesMax - 1_000);
    expect(bytes.length).toBeLessThan(cursorBytesMax + 1_000);
    const more = [...scopes, 'site/more'.padEnd(scopeBytesMax, '.')];
    expect(errorOf(() => welcomed(helloOf('p', { subscription: { scopes: more } })))?.reason).toBe(
      'SUBSCRIPTION_TOO_LARGE',
    );
  });
});

test('rows come as far as there is room for them, the one that reaches it still', () => {
  const home = new TestHome();
  for (const key of ['a', 'b', 'c']) home.write('d', putEdit(newsTable, key, {}));
  const session = sessionOf(home);
  session.receive(helloOf('p'), 0);
  expect(session.next(0, 0)?.type).toBe('welcome');
  expect([session.next(0, 0), session.state]).toEqual([undefined, 'catching-up']);
  const sizeOf = (deltaBytes?: number) => {
    const message = session.next(0, deltaBytes);
    return message?.type === 'delta' ? message.deltas.length : undefined;
  };
  expect([sizeOf(1), sizeOf(), session.state]).toEqual([1, 2, 'live']);
});

describe('a push', () => {
  test('is handed out once, prepared, and its outcomes are the next message', () => {
    const session = sessionIn('live');
    session.receive(push, 0);
    expect(session.submissions()).toMatchObject([[{ transaction: { replica: 'p', counter: 1 } }]]);
    expect(session.submissions()).toEqual([]);
    const outcomes = [
      { replica: 'p', counter: 1, status: 'committed', refusal: undefined, conflicts: 0 },
    ] as const;
    session.answer(outcomes);
    // Answers go out also where there is no room for rows.
    expect(session.next(0, 0)).toEqual({
      type: 'push-result',
      outcomes,
      orderingMs: 0,
      inRuns: false,
    });
    expect(session.next(0, 0)).toBeUndefined();
  });

  test('is answered by runs where the client reads them', () => {
    const home = new TestHome();
    const session = sessionOf(home);
    session.receive({ ...helloOf('p'), outcomeRuns: true }, 0);
    session.tell([], 0);
    const told = [];
    for (let next = session.next(0); next !== undefined; next = session.next(0)) told.push(next);
    expect(told.find(({ type }) => type === 'push-result')).toMatchObject({ inRuns: true });
  });

  test('may have so many transactions and not one more', () => {
    const transactions = [1, 2, 3].map((counter) => transactionOf('p', counter));
    const home = new TestHome({ pushTransactionsMax: 2 });
    const session = greeted(sessionOf(home));
    session.receive(pushOf(...transactions.slice(0, 2)), 0);
    expect(errorOf(() => session.receive(pushOf(...transactions), 0))).toMatchObject({
      reason: 'TOO_MANY_TRANSACTIONS',
      fields: [{ field: 'push.transactions' }],
    });
    expect(session.submissions()).toEqual([]);
    const named = () => checkPushSize(0, 2, 'transactions');
    expect(errorOf(named)).toMatchObject({
      reason: 'NO_TRANSACTIONS',
      fields: [{ field: 'transactions' }],
    });
  });

  test('of another’s transactions is refused, but to a relay', () => {
    const foreign = pushOf(transactionOf('p', 1), transactionOf('q', 1));
    const error = errorOf(() => greeted(sessionOf(new TestHome())).receive(foreign, 0));
    expect(error).toMatchObject({
      reason: 'FOREIGN_WRITER',
      fields: [{ field: 'push.transactions[1].replica_id' }],
    });
    expect(error).toMatchObject({ code: 7, reason: 'FOREIGN_WRITER' });
    const relay = greeted(sessionOf(new TestHome()), helloOf('r', { relay: true }));
    relay.receive(foreign, 0);
    expect(relay.submissions()).toHaveLength(1);
  });

  test('with one bad transaction does nothing of the others', () => {
    const session = greeted(sessionOf(new TestHome()));
    const bad = pushOf(transactionOf('p', 1), transactionOf('p', 0));
    expect(errorOf(() => session.receive(bad, 0))).toMatchObject({
      reason: 'BAD_COUNTER',
      fields: [{ field: 'push.transactions[1].counter' }],
    });
    expect(session.submissions()).toEqual([]);
  });
});

test('an ack is remembered, up to the size of a cursor', () => {
  const session = greeted(sessionOf(new TestHome({ cursorBytesMax: 200 })));
  const cursor = new Uint8Array(200).fill(7);
  session.receive({ type: 'ack', cursor }, 0);
  expect(session.storedCursor).toEqual(cursor);
  const large = { type: 'ack', cursor: new Uint8Array(201) } as const;
  expect(errorOf(() => session.receive(large, 0))).toMatchObject({
    reason: 'BAD_CURSOR',
    fields: [{ field: 'ack.cursor' }],
  });
});

test('[P29] an identity that expires in the middle is answered nothing more', () => {
  const expiring = { expiresAtMs: 1_000 };
  const session = greeted(sessionOf(new TestHome(), expiring));
  session.receive(push, 999);
  expect(errorOf(() => session.next(1_000))?.reason).toBe('IDENTITY_EXPIRED');
  expect(session.state).toBe('closed');
  const other = greeted(sessionOf(new TestHome(), expiring));
  expect(errorOf(() => other.receive(push, 1_000))?.reason).toBe('IDENTITY_EXPIRED');
  expect(other.submissions()).toEqual([]);
  const late = sessionOf(new TestHome(), expiring);
  expect(errorOf(() => late.receive(helloOf('p'), 1_000))?.reason).toBe('IDENTITY_EXPIRED');
});

describe('what comes in parts', () => {
  const edits = Array.from({ length: 6 }, (_, index) => putEdit(newsTable, `n${index}`, {}));
  const large = transactionOf('p', 1, ...edits);

  test('is handed out unprepared where that is asked for, and answered like a push', () => {
    const home = new TestHome({ stepChangesMax: 3 });
    const session = sessionOf(home);
    expect(session.pushes()).toEqual([]);
    session.receive(helloOf('p'), 0);
    drained(session);
    for (const one of partsOf(large, 100)) session.receive(one, 0);
    expect(drained(session).every(({ type }) => type === 'part-result')).toBe(true);
    const [pushed] = session.pushes() as [WholeTransaction];
    expect(pushed).toBeInstanceOf(WholeTransaction);
    expect(pushed.part).toMatchObject({ replica: 'p', counter: 1 });
    expect(session.pushes()).toEqual([]);
    expect(home.source.parts.bytes).toBeGreaterThan(0);
    session.answer(home.take([pushed.take()]));
    expect(drained(session)[0]).toMatchObject({ outcomes: [{ status: 'committed' }] });
    expect(home.source.parts.bytes).toBe(0);
  });

  test('that is not well formed ends the session when it is prepared', () => {
    const session = sessionOf(new TestHome());
    session.receive(helloOf('p'), 0);
    const bad = transactionOf('p', 1, { ...putEdit(newsTable, 'n', {}), key: 'another' });
    for (const one of partsOf(bad)) session.receive(one, 0);
    expect(errorOf(() => session.submissions())).toMatchObject({
      reason: 'KEY_MISMATCH',
      fields: [{ field: 'part.bytes.changes[0].key' }],
    });
    expect([session.state, session.pushes(), session.submissions()]).toEqual(['closed', [], []]);
  });

  test('[I3] and was settled before is answered alike without its bytes, and another one is refused', () => {
    const home = new TestHome();
    const session = sessionOf(home);
    session.receive(helloOf('p'), 0);
    drained(session);
    const send = (part: TransactionPart) => {
      session.receive(part, 0);
      for (const push of session.submissions()) session.answer(home.take(push));
      return drained(session).filter(({ type }) => type !== 'delta');
    };
    const [committed] = partsOf(large, 1 << 20)
      .flatMap(send)
      .slice(1);
    const question = { ...partsOf(large)[0]!, bytes: new Uint8Array(0) };
    expect(send(question)).toEqual([
      { type: 'part-result', replica: 'p', counter: 1, receivedBytes: question.totalBytes },
      committed,
    ]);
    // Whoever did not ask is told once.
    const late = sessionOf(home);
    late.receive(helloOf('p'), 0);
    drained(late);
    const answers = partsOf(large, 100).flatMap((part) => {
      late.receive(part, 0);
      late.submissions();
      return drained(late).map(({ type }) => type);
    });
    expect(answers.filter((type) => type === 'push-result')).toHaveLength(1);
    expect(home.source.parts.bytes).toBe(0);
    const other = transactionOf('p', 1, putEdit(newsTable, 'other', {}));
    expect(send({ ...partsOf(other)[0]!, bytes: new Uint8Array(0) })[1]).toMatchObject({
      outcomes: [{ counter: 1, status: 'unordered', refusal: { reason: 'REPLICA_FORKED' } }],
    });
    session.close();
    session.tell({ ...committed, replica: 'p', counter: 1 } as never);
    expect(session.next(0)).toBeUndefined();
  });

  test('ends where the identity does, between two parts', () => {
    const session = sessionOf(new TestHome(), { expiresAtMs: 1_000 });
    session.receive(helloOf('p'), 0);
    const [first, second] = partsOf(large);
    session.receive(first!, 999);
    expect(errorOf(() => session.receive(second!, 1_000))?.reason).toBe('IDENTITY_EXPIRED');
    expect(session.state).toBe('closed');
  });

  test('and is settled already is let go of when its writer greets', () => {
    const home = new TestHome();
    home.source.parts.take(partsOf(large)[0]!, 'part', 0);
    home.write('p', putEdit(newsTable, 'n', {}));
    expect(home.source.parts.bytes).toBeGreaterThan(0);
    sessionOf(home).receive(helloOf('p'), 0);
    expect(home.source.parts.bytes).toBe(0);
  });
});

describe('what is sent', () => {
  test('ends at a checkpoint, then nothing until something is committed', () => {
    const home = new TestHome();
    const session = sessionOf(home);
    session.receive(helloOf('p'), 0);
    expect(session.state).toBe('catching-up');
    const [welcome, delta] = drained(session);
    expect(welcome?.type).toBe('welcome');
    expect(delta).toMatchObject({ type: 'delta', checkpoint: { seq: 0, rowCount: 0 } });
    expect(session.state).toBe('live');
    home.write('d', putEdit(newsTable, 'n', {}));
    expect(drained(session)).toMatchObject([{ deltas: [{ kind: 'full' }], progress: undefined }]);
  });

  test('[P25] tells the progress, which never goes back and ends at the whole', () => {
    const home = new TestHome({ deltaRowsMax: 2 });
    for (let row = 0; row < 9; row++) home.write('d', putEdit(newsTable, `n${row}`, {}));
    const session = sessionOf(home);
    session.receive(helloOf('p'), 0);
    const seen: { rowsDone: number; rowsLeft: number }[] = [];
    for (let message = session.next(0); message !== undefined; message = session.next(0)) {
      if (message.type === 'delta') seen.push(message.progress!);
      // Others go on writing: the bar does not run backwards for that.
      if (seen.length < 3) home.write('d', putEdit(newsTable, `m${seen.length}`, {}));
    }
    expect(seen.length).toBeGreaterThan(4);
    for (const [index, { rowsDone, rowsLeft }] of seen.entries()) {
      const before = seen[index - 1] ?? { rowsDone: 0, rowsLeft: Number.MAX_SAFE_INTEGER };
      expect(rowsDone).toBeGreaterThanOrEqual(before.rowsDone);
      expect(rowsLeft).toBeLessThanOrEqual(before.rowsLeft);
    }
    expect(seen.at(-1)).toEqual({ rowsDone: 12, rowsLeft: 0 });
  });

  test('is nothing for commits that concern nothing of the client’s', () => {
    const home = new TestHome();
    const hello = helloOf('p', { subscription: { scopes: ['site/a'] } });
    const session = greeted(sessionOf(home), hello);
    home.write('d', putEdit(taskTable, 't', { site: 'b' }));
    home.write('d', putEdit(taskTable, 't', { site: 'c' }));
    expect(drained(session)).toEqual([]);
    home.write('d', patchEdit(taskTable, 't', { site: 'a' }));
    expect(drained(session)).toMatchObject([{ checkpoint: { seq: 3 } }]);
  });

  test('is nothing for a row that came and went before anybody looked', () => {
    const home = new TestHome();
    const session = greeted(
      sessionOf(home),
      helloOf('p', { subscription: { scopes: ['site/a'] } }),
    );
    home.write('d', putEdit(taskTable, 't', { site: 'a' }));
    home.write('d', deleteEdit(taskTable, 't'));
    expect(drained(session)).toEqual([]);
    home.write('d', putEdit(taskTable, 'u', { site: 'a' }));
    expect(drained(session)).toMatchObject([{ deltas: [{ key: 'u' }], checkpoint: { seq: 3 } }]);
  });

  test('is a checkpoint without rows where a probe asks, told which one', () => {
    const home = new TestHome();
    const session = greeted(sessionOf(home), helloOf('p', { subscription: { scopes: ['s'] } }));
    home.write('d', putEdit(taskTable, 't', { site: 'b' }));
    session.receive({ type: 'probe', number: 4 }, 0);
    session.receive({ type: 'probe', number: 5 }, 0);
    expect(drained(session)).toMatchObject([
      { deltas: [], checkpoint: { seq: 1 }, answeredProbe: 5 },
    ]);
  });

  test('[I12] is the next checkpoint, though of nothing, where something could not be ordered', () => {
    const home = new TestHome();
    const session = greeted(sessionOf(home), helloOf('p', { subscription: { scopes: ['s'] } }));
    const elsewhere = () => home.write('d', putEdit(taskTable, 't', { site: `${home.head}` }));
    const refused = {
      replica: 'p',
      counter: 2,
      status: 'unordered',
      refusal: undefined,
      conflicts: 0,
    } as const;
    session.receive(pushOf(transactionOf('p', 2)), 0);
    session.answer([refused]);
    expect(drained(session).map(({ type }) => type)).toEqual(['push-result']);
    elsewhere();
    expect(drained(session)).toMatchObject([{ type: 'delta', deltas: [], checkpoint: { seq: 1 } }]);
    elsewhere();
    expect(drained(session)).toEqual([]);
    // One that came before the answer counts: nobody knew then that the client waits for it.
    session.receive(pushOf(transactionOf('p', 2)), 0);
    elsewhere();
    expect(drained(session)).toEqual([]);
    session.answer([refused]);
    expect(drained(session).map(({ type }) => type)).toEqual(['push-result', 'delta']);
  });

  test('[I12] is the next checkpoint too where nothing was taken of one that could not be ordered', () => {
    const home = new TestHome();
    const session = greeted(sessionOf(home), helloOf('p', { subscription: { scopes: ['s'] } }));
    const elsewhere = () => home.write('d', putEdit(taskTable, 't', { site: `${home.head}` }));
    const named = { replica: 'p', counter: 2, refusal: undefined, conflicts: 0 } as const;
    session.tell([{ ...named, status: 'unordered' }]);
    session.tell([{ ...named, status: 'committed' }]);
    expect(drained(session).map(({ type }) => type)).toEqual(['push-result', 'push-result']);
    elsewhere();
    expect(drained(session)).toMatchObject([{ type: 'delta', deltas: [], checkpoint: { seq: 1 } }]);
    session.tell([{ ...named, status: 'committed' }]);
    elsewhere();
    expect(drained(session).map(({ type }) => type)).toEqual(['push-result']);
  });

  test('[I12] comes by itself, though nothing is committed, where what was not ordered may be sent again', () => {
    const home = new TestHome();
    const session = greeted(sessionOf(home), helloOf('p'));
    expect(drained(session)).toEqual([]);
    session.offerAgain();
    expect(drained(session)).toMatchObject([{ type: 'delta', deltas: [], checkpoint: { seq: 0 } }]);
    expect(drained(session)).toEqual([]);
    session.close();
    session.offerAgain();
    expect(drained(session)).toEqual([]);
  });

  test('[I3] tells a settled position once', () => {
    const home = new TestHome();
    home.write('p', putEdit(newsTable, 'a', {}));
    const session = sessionOf(home);
    session.receive(helloOf('p'), 0);
    expect(session.next(0)).toMatchObject({ settled: { counter: 1 } });
    expect(settledOf(drained(session))).toEqual([]);
    home.write('d', putEdit(newsTable, 'b', {}));
    expect(settledOf(drained(session))).toEqual([]);
    home.write('p', deleteEdit(newsTable, 'none'));
    expect(settledOf(drained(session))).toEqual([['p', 2]]);
  });

  test('has answers before rows', () => {
    const home = new TestHome();
    home.write('d', putEdit(newsTable, 'a', {}));
    const session = sessionOf(home);
    session.receive(helloOf('p'), 0);
    session.receive(push, 0);
    session.answer([]);
    expect(drained(session).map(({ type }) => type)).toEqual(['welcome', 'push-result', 'delta']);
  });
});

test('a relay’s client is sent everything anew where the relay began later', () => {
  const home = new TestHome();
  const relay = new TestRelay('r');
  home.write('d', putEdit(newsTable, 'a', {}), putEdit(newsTable, 'b', {}));
  const uplink = greetedMessages(home, helloOf('r', { relay: true }));
  for (const message of uplink) {
    if (message.type !== 'delta') continue;
    relay.replica.stage(message.deltas, message.cursor);
    relay.replica.checkpoint(message.checkpoint!);
  }
  home.write('d', putEdit(newsTable, 'c', {}));
  const at = (group: ReturnType<typeof groupAt>) =>
    encodeCursor({ logId, check: home.home.checkAt(1)!, groups: [group], progress: undefined });
  const welcome = (cursor: Uint8Array) =>
    greetedMessages(relay, helloOf('p', { subscription: { cursor } }))[0];
  const scopes = ['$replica/p', '*'];
  expect(relay.source.state.horizon).toBe(1);
  expect(welcome(at(groupAt(1, scopes, [])))).toMatchObject({ rebuild: false });
  expect(welcome(at(groupAt(0, scopes, [])))).toMatchObject({ rebuild: false });
  // A first sync that began at 0 is not told of what was deleted before the relay’s copy began.
  const begun = { ...groupAt(0, scopes, []), upto: 1, first: 0 };
  expect(welcome(at(begun))).toMatchObject({ rebuild: true });
  expect(welcome(at({ ...begun, first: 1 }))).toMatchObject({ rebuild: false });
});

function sessionOf(host: Host, changes: Partial<Identity> = {}): ServerSession {
  return new ServerSession({
    source: host.source,
    identity: identity(changes),
    sessionId: 's',
    compressions: ['zstd', 'deflate'],
  });
}

function sessionIn(state: ServerState): ServerSession {
  const session = sessionOf(new TestHome());
  if (state === 'expecting-hello') return session;
  session.receive(helloOf('p'), 0);
  if (state === 'live') drained(session);
  if (state === 'closed') session.close();
  return session;
}

function greeted(session: ServerSession, hello = helloOf('p')): ServerSession {
  session.receive(hello, 0);
  drained(session);
  return session;
}

function greetedMessages(host: Host, hello = helloOf('p')): ServerMessage[] {
  const session = sessionOf(host);
  session.receive(hello, 0);
  return drained(session);
}

function welcomed(hello: ClientMessage): ServerMessage | undefined {
  const session = sessionOf(new TestHome());
  session.receive(hello, 0);
  return session.next(0);
}

function drained(session: ServerSession): ServerMessage[] {
  const messages: ServerMessage[] = [];
  for (let message = session.next(0); message !== undefined; message = session.next(0)) {
    messages.push(message);
  }
  return messages;
}

function settledOf(sent: readonly ServerMessage[]): (readonly [string, number])[] {
  return sent.flatMap((message) => {
    const settled = message.type === 'delta' ? message.checkpoint!.settled : new Map();
    return [...settled].map(([writer, { counter }]) => [writer, counter] as const);
  });
}

function cursorAt(seq: number, log: Uint8Array): Uint8Array {
  return encodeCursor({
    logId: log,
    check: 0,
    groups: [groupAt(seq, [''], [])],
    progress: undefined,
  });
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

describe('what can never be', () => {
  const unfit = transactionOf('p', 1, putEdit(newsTable, 'n', { text: 'x'.repeat(2_000) }));
  const behind = { ...transactionOf('p', 2), previousDigest: digestOf(unfit) };
  const hello = { ...helloOf('p'), refuseUnfit: true };

  test('ends a session that has not asked for anything else', () => {
    const session = sessionOf(new TestHome({ rowBytesMax: 1_000 }));
    session.receive(helloOf('p'), 0);
    const error = errorOf(() => session.receive(pushOf(unfit, behind), 0));
    expect(error).toMatchObject({ code: 3, reason: 'ROW_TOO_LARGE' });
    expect(session.state).toBe('closed');
  });

  test.each([
    ['in a push', [pushOf(unfit, behind)]],
    ['in parts', [...partsOf(unfit, 500), pushOf(behind)]],
  ])(
    '[I2] is refused where that was asked for, and what is behind it is ordered: %s',
    (_, sent) => {
      const home = new TestHome({ rowBytesMax: 1_000 });
      const session = sessionOf(home);
      session.receive(hello, 0);
      for (const message of sent) {
        session.receive(message, 0);
        for (const push of session.submissions()) session.answer(home.take(push));
      }
      const outcomes = said(session).flatMap((message) =>
        message.type === 'push-result' ? message.outcomes : [],
      );
      expect(outcomes).toMatchObject([
        { counter: 1, status: 'refused', refusal: { reason: 'ROW_TOO_LARGE' } },
        { counter: 2, status: 'committed' },
      ]);
    },
  );

  test.each([
    ['SCHEMA_MISMATCH', 'schema_version', { schemaVersion: 9 }],
    ['BAD_COUNTER', 'counter', { counter: 0 }],
  ])('ends it all the same where it is not known what it is: %s', (reason, field, more) => {
    const session = sessionOf(new TestHome({ rowBytesMax: 1_000 }));
    session.receive(hello, 0);
    const path = `push.transactions[1].${field}`;
    expect(errorOf(() => session.receive(pushOf(unfit, { ...behind, ...more }), 0))).toMatchObject({
      ...{ reason, fields: [{ field: path }] },
      message: expect.stringMatching(`^${path.replace('[1]', '\\[1\\]')}: `),
    });
  });

  test('ends a session with a relay all the same: it orders nothing', () => {
    const session = sessionOf(new TestRelay('r', { rowBytesMax: 1_000 }));
    session.receive(hello, 0);
    expect(errorOf(() => session.receive(pushOf(unfit), 0))).toMatchObject({
      reason: 'ROW_TOO_LARGE',
    });
  });
});

/** All that it has to say. */
function said(session: ServerSession): ServerMessage[] {
  const messages: ServerMessage[] = [];
  for (;;) {
    const message = session.next(0);
    if (message === undefined) return messages;
    messages.push(message);
  }
}
