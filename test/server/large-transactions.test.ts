import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import { type Heap, HeapRoom, type Reservation } from '../../src/server/heap-room.ts';
import { LargeTransactions } from '../../src/server/large-transactions.ts';
import type { Identity } from '../../src/session/source.ts';
import { WholeTransaction } from '../../src/session/whole-transaction.ts';
import { identity, TestHome } from '../session/support/hosts.ts';
import { partsOf, transactionOf } from '../session/support/messages.ts';
import { roomy } from '../support/roomy-heap.ts';
import { deleteEdit, newsTable, putEdit } from '../support/sim-schema.ts';

const edits = Array.from({ length: 9 }, (_, index) => putEdit(newsTable, `n${index}`, {}));
const open = new AbortController().signal;

/** A home, and who orders large transactions of it; what was read of them, and what was ordered, by name and in order. */
function bench(
  heap: Heap = roomy,
  limits: ConstructorParameters<typeof TestHome>[0] = {},
  events: string[] = [],
) {
  const home = new TestHome({ stepChangesMax: 2, pushBytesMax: 1, ...limits });
  const by: Identity[] = [];
  let answer: (ordered: () => Outcome, room: Reservation) => Promise<Outcome> = async (ordered) =>
    ordered();
  let refusal: SyncError | undefined;
  const room = new HeapRoom(heap);
  const large = new LargeTransactions({
    home: home.home,
    source: home.source,
    heap: room,
    refusal: () => refusal,
    submit: (prepared: PreparedTransaction, who, room) => {
      events.push(`ordered ${prepared.transaction.replica}/${prepared.transaction.counter}`);
      by.push(who);
      return answer(() => {
        const [outcome] = home.take([prepared]);
        if (outcome!.status !== 'unordered') return outcome!;
        throw new SyncError(9, outcome!.refusal!.reason, 'changes: not ordered', {
          fields: [{ field: 'changes', description: 'not ordered' }],
        });
      }, room);
    },
  });
  const staged = (transaction: Transaction, refuseUnfit = false) => {
    const [part] = partsOf(transaction, 1 << 20);
    const { whole } = home.source.parts.take(part!, 'part', 0);
    return new Watched(events, home.source, part!, whole!, 'part', { refuseUnfit });
  };
  const order = (transaction: Transaction, left = open, who = identity()) =>
    large.order(staged(transaction), who, left);
  return {
    home,
    large,
    room,
    events,
    by,
    staged,
    order,
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    refuseWith: (next: SyncError) => {
      refusal = next;
    },
  };
}

/** Notes when it begins to be read. */
class Watched extends WholeTransaction {
  private readonly events: string[];
  private begun = false;

  constructor(events: string[], ...of: ConstructorParameters<typeof WholeTransaction>) {
    super(...of);
    this.events = events;
  }

  override step(): boolean {
    if (!this.begun) this.events.push(`read ${this.part.replica}/${this.part.counter}`);
    this.begun = true;
    return super.step();
  }
}

const of = (replica: string, counter = 1) => transactionOf(replica, counter, ...edits);
const turns = (count = 30) =>
  Array.from({ length: count }).reduce<Promise<unknown>>(
    (before) => before.then(() => new Promise((resolve) => setImmediate(resolve))),
    Promise.resolve(),
  );

test('[I13] one is read at a time, and none before the last one has its outcome', async () => {
  const { order, events, answerWith } = bench();
  const held = Promise.withResolvers<void>();
  answerWith(async (ordered) => {
    await held.promise;
    return ordered();
  });
  const outcomes = [order(of('a')), order(of('b')), order(of('c'))];
  await turns();
  expect(events).toEqual(['read a/1', 'ordered a/1']);
  held.resolve();
  expect(
    (await Promise.all(outcomes)).map(({ replica, status }) => `${replica} ${status}`),
  ).toEqual(['a committed', 'b committed', 'c committed']);
  expect(events.filter((event) => event.startsWith('read'))).toEqual([
    ...['read a/1', 'read b/1', 'read c/1'],
  ]);
});

test('those that would have room in a push are ordered together, and closing waits for them', async () => {
  const { order, events, answerWith, large } = bench(roomy, { pushBytesMax: 1 << 20 });
  const held = Promise.withResolvers<void>();
  answerWith(async (ordered) => {
    await held.promise;
    return ordered();
  });
  const outcomes = [order(of('a')), order(of('b'))];
  await turns();
  const later = order(of('c'));
  await turns();
  expect(events.filter((event) => event.startsWith('ordered'))).toEqual([
    ...['ordered a/1', 'ordered b/1', 'ordered c/1'],
  ]);
  let isClosed = false;
  const closed = large.close().then(() => {
    isClosed = true;
  });
  await turns();
  expect(isClosed).toBe(false);
  held.resolve();
  for (const { status } of await Promise.all([...outcomes, later]))
    expect(status).toBe('committed');
  await closed;
});

test('[I13] thirty who ask for the same have it read once, and all are told', async () => {
  const { order, events, by } = bench();
  const first = identity({ name: 'first' });
  const outcomes = await Promise.all([
    order(of('a'), open, first),
    ...Array.from({ length: 29 }, () => order(of('a'))),
  ]);
  expect(outcomes.every(({ status }) => status === 'committed')).toBe(true);
  expect(events).toEqual(['read a/1', 'ordered a/1']);
  expect(by).toEqual([first]);
});

test('[I2] who asks for a refusal does not get the error of who has asked for the same without', async () => {
  for (const first of [false, true]) {
    const { large, staged } = bench(roomy, { rowBytesMax: 100 });
    const unfit = transactionOf('a', 1, putEdit(newsTable, 'n', { text: 'x'.repeat(200) }));
    const wholes = [staged(unfit, first), staged(unfit, !first)];
    const results = await Promise.all(
      wholes.map((whole) => large.order(whole, identity(), open).catch((error: unknown) => error)),
    );
    const [asked, other] = first ? results : results.toReversed();
    const refusal = { reason: 'ROW_TOO_LARGE' };
    expect(asked).toMatchObject({ status: 'refused', refusal });
    // Once it is refused it is so for all.
    expect(other).toMatchObject(first ? { status: 'refused', refusal } : { code: 3, ...refusal });
  }
});

describe('who has left', () => {
  test('is not waited for: nothing is begun for him', async () => {
    const { order, events, by, staged, large } = bench();
    const left = new AbortController();
    const gone = order(of('a'), left.signal);
    const other = identity({ name: 'other' });
    const shared = order(of('b'), left.signal);
    const stays = order(of('b'), open, other);
    left.abort();
    await expect(gone).rejects.toMatchObject({ reason: 'CALL_ENDED' });
    await Promise.all([shared, stays]);
    expect(events).toEqual(['read b/1', 'ordered b/1']);
    expect(by).toEqual([other]);
    const late = large.order(staged(of('c')), other, left.signal);
    await expect(late).rejects.toMatchObject({ reason: 'CALL_ENDED' });
    expect(events).toEqual(['read b/1', 'ordered b/1']);
  });

  test.each([0, 1, 2, 3, 4, 5])(
    'takes nobody along who asks %d microtasks later',
    async (microtasks) => {
      const { order, by, answerWith } = bench();
      const held = Promise.withResolvers<void>();
      answerWith(async (ordered) => {
        await held.promise;
        return ordered();
      });
      const left = new AbortController();
      const other = identity({ name: 'other' });
      const before = order(of('a'));
      await turns();
      const gone = order(of('b'), left.signal);
      left.abort();
      // Where the first one ends its turn would have come.
      held.resolve();
      for (let waited = 0; waited < microtasks; waited++) await undefined;
      const asked = order(of('b'), open, other);
      await expect(gone).rejects.toMatchObject({ reason: 'CALL_ENDED' });
      await before;
      expect(await asked).toMatchObject({ replica: 'b', status: 'committed' });
      expect(by.at(-1)).toBe(other);
    },
  );

  test('has what was begun ordered all the same, so a short deadline is enough', async () => {
    const { order, events, home } = bench();
    const left = new AbortController();
    const begun = order(of('a'), left.signal);
    while (events.length === 0) await turns(1);
    expect(events).toEqual(['read a/1']);
    left.abort();
    await begun;
    expect(home.ordered).toEqual(['a/1']);
  });
});

describe('what can be told without reading it is told at once', () => {
  test('[I3] that it is settled, as this one or as another one; that others are missing before it', async () => {
    const { order, events, staged, large, home } = bench();
    const whole = staged(of('a'));
    const committed = await order(of('a'));
    home.source.parts.drop('a', 1);
    events.length = 0;
    expect(await large.order(whole, identity(), open)).toEqual(committed);
    const forked = transactionOf('a', 1, ...edits.slice(1));
    await expect(order(forked)).rejects.toMatchObject({ reason: 'REPLICA_FORKED' });
    await expect(order(of('a', 3))).rejects.toMatchObject({
      reason: 'COUNTER_GAP',
      fields: [{ field: 'part.bytes.counter' }],
    });
    expect(events).toEqual([]);
  });

  test('that nothing is ordered now', async () => {
    const { order, events, refuseWith } = bench();
    refuseWith(new SyncError(14, 'DATABASE_RECOVERING', 'not now'));
    await expect(order(of('a'))).rejects.toMatchObject({ reason: 'DATABASE_RECOVERING' });
    expect(events).toEqual([]);
  });

  test('that there is no room, but for deletions', async () => {
    const { order, events } = bench(roomy, { memoryBytesMax: 1 });
    await expect(order(of('a'))).rejects.toMatchObject({ reason: 'MEMORY_FULL' });
    expect(events).toEqual([]);
    await expect(order(transactionOf('b', 1, deleteEdit(newsTable, 'n')))).rejects.toMatchObject({
      reason: 'MEMORY_FULL',
    });
    expect(events).toEqual(['read b/1', 'ordered b/1']);
  });
});

describe('[I13] it is refused where the heap has no room', () => {
  test('for what is read of it: then it is not read', async () => {
    const { order, events, home } = bench({ ...roomy, limitBytes: 15_000 });
    await expect(order(of('a'))).rejects.toMatchObject({ code: 8, reason: 'HEAP_FULL' });
    expect(events).toEqual([]);
    // It is still there, for when there is more.
    expect(home.source.parts.bytes).toBeGreaterThan(0);
    expect(await order(transactionOf('a', 1, edits[0]!))).toMatchObject({ status: 'committed' });
  });

  test('and what it has is given back with its outcome', async () => {
    const { order, answerWith, room } = bench({ ...roomy, limitBytes: 32_000 });
    const seen: number[] = [];
    answerWith(async (ordered, own) => {
      seen.push(own.bytes);
      await expect(room.reserve(27_000)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
      return ordered();
    });
    await order(of('a'));
    expect(seen[0]).toBeGreaterThan(9 * 1_500);
    await room.reserve(27_000);
  });
});

test('what is wrong with it names the part, and who is behind it gets on', async () => {
  const { order, home, answerWith } = bench();
  const bad = transactionOf('a', 1, { ...edits[0]!, key: 'another' });
  const behind = order(bad);
  const next = order(of('b'));
  await expect(behind).rejects.toMatchObject({
    reason: 'KEY_MISMATCH',
    fields: [{ field: 'part.bytes.changes[0].key' }],
  });
  await next;
  answerWith(async () => {
    throw new SyncError(9, 'BASE_AHEAD', 'changes[0]: not here', {
      fields: [{ field: 'changes[0]', description: 'not here' }],
    });
  });
  await expect(order(of('c'))).rejects.toMatchObject({
    fields: [{ field: 'part.bytes.changes[0]' }],
  });
  expect(home.ordered).toEqual(['b/1']);
});

test('its parts make no room for others while it waits', async () => {
  const { order, home } = bench(roomy, { partTransactionsMax: 1, partsIdleMsMax: 1 });
  const outcome = order(of('a'));
  const [other] = partsOf(of('b'), 1 << 20);
  expect(() => home.source.parts.take(other!, 'part', 1_000)).toThrow('no room for parts');
  await outcome;
  expect(home.source.parts.take(other!, 'part', 1_000)).toMatchObject({ completed: true });
});

test('where the database closes, what is read is let go of, and nothing else is begun', async () => {
  const { order, large, events } = bench();
  const outcomes = [order(of('a')), order(of('b'))].map((outcome) =>
    outcome.catch(({ reason }) => reason),
  );
  while (events.length === 0) await turns(1);
  await large.close();
  expect(await Promise.all(outcomes)).toEqual(['DATABASE_CLOSED', 'DATABASE_CLOSED']);
  expect(events).toEqual(['read a/1']);
});
