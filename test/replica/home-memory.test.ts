import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { scanStart } from '../../src/change/posting-list.ts';
import type { Change } from '../../src/change/transaction.ts';
import { PushLines } from '../../src/replica/push-lines.ts';
import { describeWhole, ModelHome, type ModelHomeOptions } from '../support/model-home.ts';
import {
  itemTable,
  meterTable,
  noteTable,
  patch,
  put,
  remove,
  transaction,
} from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const kib = 1 << 10;
const mib = 1 << 20;
const text = (length: number, of = 'x') => of.repeat(length);
const keyOf = (index: number) => `n${String(index).padStart(6, '0')}`;
const note = (index: number, bytes = 8 * kib) =>
  put(noteTable, keyOf(index), {
    text: text(bytes, String(index).padStart(8, '0')).slice(0, bytes),
  });

const withBudget = (memoryBytesMax: number, rest: Partial<Limits> = {}) =>
  new ModelHome({ limits: { ...defaultLimits, ...rest, memoryBytesMax } });

/** Writes notes until one is refused. */
function fill(model: ModelHome, bytes?: number, replica = 'ann') {
  for (let index = 0; index < 100_000; index++) {
    const counter = model.home.settled(replica).counter + 1;
    const next = transaction(replica, counter, [note(counter, bytes)]);
    try {
      model.commit(next);
    } catch {
      return { refused: next, error: syncErrorOf(() => model.commit(next)) };
    }
  }
  return expect.unreachable('it never became full');
}

describe('[I13] a home whose memory is full', () => {
  test('orders nothing that takes more, and says how much is taken and when to try again', () => {
    const model = withBudget(4 * mib);
    const { error } = fill(model);
    expect(error).toMatchObject({
      code: Code.resourceExhausted,
      reason: 'MEMORY_FULL',
      retryDelayMs: 30_000,
      metadata: { bytes_max: String(4 * mib) },
    });
    expect(Number(error.metadata.used_bytes)).toBeGreaterThan(4 * mib);
    expect(model.home.memory.usedBytes).toBeLessThan(8 * mib);
  });

  test('so it is where the heap of its process is full, whatever its budget', () => {
    const heap = { usedBytes: 10.5, bytesMax: 10.7 };
    const model = new ModelHome({ heap });
    model.write('ann', [note(1), note(2)]);
    heap.usedBytes = 11.5;
    const error = syncErrorOf(() => model.write('ann', [note(3)]));
    expect(error).toMatchObject({
      code: Code.resourceExhausted,
      reason: 'MEMORY_FULL',
      retryDelayMs: 30_000,
      metadata: { used_bytes: '11', bytes_max: '10' },
    });
    expect(model.write('ann', [remove(noteTable, keyOf(1))]).outcome.status).toBe('committed');
    expect(() => model.write('ann', [remove(noteTable, keyOf(1))])).toThrow('heap');
    heap.usedBytes = 10;
    expect(model.write('ann', [note(3)]).outcome.status).toBe('committed');
  });

  test('did nothing: the same transaction is ordered when there is room', () => {
    const model = withBudget(4 * mib);
    const { refused } = fill(model);
    const before = describeWhole(model.state);
    expect(syncErrorOf(() => model.commit(refused)).reason).toBe('MEMORY_FULL');
    expect(describeWhole(model.state)).toEqual(before);
    expect(model.home.settled('ann').counter).toBe(refused.counter - 1);
    model.write(
      'bob',
      Array.from({ length: 200 }, (_, at) => remove(noteTable, keyOf(at + 1))),
    );
    expect(model.commit(refused).outcome.status).toBe('committed');
  });

  test('answers retries as ever', () => {
    const model = withBudget(4 * mib);
    const first = transaction('ann', 1, [note(1)]);
    const { outcome } = model.commit(first);
    const other = transaction('bob', 1, [patch(noteTable, 'none', {})]);
    const told = model.commit(other).outcome;
    fill(model);
    expect(model.commit(first)).toMatchObject({ outcome, record: undefined });
    expect(model.commit(other)).toMatchObject({ outcome: told, record: undefined });
  });

  test('lets pass only what deletes something', () => {
    const model = withBudget(4 * mib);
    fill(model);
    const tried = (changes: readonly Change[]) => {
      const counter = model.home.settled('bob').counter + 1;
      return () => model.commit(transaction('bob', counter, changes));
    };
    const isFull = (changes: readonly Change[]) =>
      expect(syncErrorOf(tried(changes)).reason).toBe('MEMORY_FULL');
    isFull([remove(noteTable, keyOf(1)), put(noteTable, 'other', {})]);
    isFull([patch(noteTable, keyOf(1), { text: '' })]);
    // Its outcome would be kept for ever.
    isFull([remove(noteTable, keyOf(1), { ifMatch: 'another' })]);
    // And nothing would be free.
    isFull([remove(noteTable, 'none')]);
    expect(tried([remove(noteTable, keyOf(1)), remove(noteTable, 'none')])().outcome.status).toBe(
      'committed',
    );
  });

  test('orders nothing of the writer behind it in the same push', () => {
    const model = withBudget(4 * mib);
    const { refused } = fill(model);
    const lines = new PushLines();
    expect(() => model.commit(refused, { lines })).toThrow();
    const behind = transaction('ann', refused.counter + 1, [remove(noteTable, keyOf(1))]);
    expect(syncErrorOf(() => model.commit(behind, { lines })).reason).toBe('COUNTER_GAP');
  });

  test('goes on with its own commits', () => {
    const model = withBudget(4 * mib);
    fill(model);
    model.home.coverBy('backup', model.state.head, 0);
    expect(model.home.durable().effects).toHaveLength(1);
  });

  test('is not full at the limit, and one above it is', () => {
    const measured = withBudget(1 << 30);
    measured.write('ann', [note(1)]);
    const bytes = measured.home.memory.usedBytes;
    for (const [budget, isFull] of [
      [bytes, false],
      [bytes - 1, true],
    ] as const) {
      const again = withBudget(budget);
      for (const record of measured.records) again.home.replay(record);
      // What is let go of first is there again by then.
      const room = budget - again.home.memory.usedBytes;
      expect(room).toBe(isFull ? -1 : 0);
      const attempt = () => again.commit(transaction('bob', 1, [note(2)]));
      if (isFull) expect(syncErrorOf(attempt).reason).toBe('MEMORY_FULL');
      else expect(attempt().outcome.status).toBe('committed');
    }
  });

  test('counts what is only ordered, and forgets it with what was abandoned', () => {
    const model = withBudget(1 << 30);
    const before = model.home.memory.usedBytes;
    model.order(transaction('ann', 1, [note(1, 64 * kib)]));
    expect(model.home.memory.usedBytes - before).toBeGreaterThan(64 * kib);
    model.home.abandon();
    expect(model.home.memory.usedBytes - before).toBeLessThan(1 * kib);
  });
});

describe('before it is full a home lets go', () => {
  /** A home with long histories, close to its budget, and a twin of it with all the room of the world. */
  function setUp() {
    const budget = 3 * mib;
    const rest = { pushTransactionsMax: 16 };
    const twin = withBudget(1 << 30, rest);
    const model = withBudget(budget, rest);
    const changes = (index: number): Change[] => [
      put(itemTable, `i${index % 40}`, { site: `s${index % 3}`, notes: `note ${index}` }),
      ...(index % 7 === 0 ? [remove(itemTable, `i${(index + 3) % 40}`)] : []),
    ];
    for (let index = 0; index < 8_000; index++) {
      for (const one of [model, twin]) one.write(`w${index % 2}`, changes(index));
    }
    const scanned = (one: ModelHome) => {
      const { scopes } = one.state;
      return [
        ...scopes.scan(
          scopes.matching(() => true),
          scanStart,
        ),
      ];
    };
    return { model, twin, scanned };
  }

  test('of nothing that is promised: rows, deltas for any position and deletions are as ever', () => {
    const { model, twin, scanned } = setUp();
    const before = scanned(twin);
    const held = model.home.memory.usedBytes;
    fill(model, 8 * kib, 'filler');
    const own = ({ table }: { table: number }) => table === itemTable.index;
    expect(scanned(model).filter(own)).toEqual(before.filter(own));
    expect(held).toBeLessThan(3 * mib);
    for (const { name, count } of describeWhole(twin.state).totals) {
      if (name.startsWith('site/')) {
        expect(describeWhole(model.state).totals).toContainEqual(
          expect.objectContaining({ name, count }),
        );
      }
    }
  });

  test('[I3] of what tells old retries from forks, but for the newest push of each writer', () => {
    const { model } = setUp();
    fill(model, 8 * kib, 'filler');
    const { counter } = model.home.settled('w1');
    const index = (at: number) => 2 * at - 1;
    const again = (at: number, notes = `note ${index(at)}`) =>
      transaction('w1', at, [
        put(itemTable, `i${index(at) % 40}`, { site: `s${index(at) % 3}`, notes }),
        ...(index(at) % 7 === 0 ? [remove(itemTable, `i${(index(at) + 3) % 40}`)] : []),
      ]);
    for (let at = counter; at > counter - 16; at--) {
      expect(model.commit(again(at)).outcome).toMatchObject({ counter: at, status: 'committed' });
      expect(syncErrorOf(() => model.commit(again(at, 'other'))).reason).toBe('REPLICA_FORKED');
    }
    expect(syncErrorOf(() => model.commit(again(1))).reason).toBe('COUNTER_FORGOTTEN');
  });

  test('of what tells cursors of other histories, but for the newest', () => {
    const { model, twin } = setUp();
    const { head } = model.state;
    fill(model, 8 * kib, 'filler');
    expect(twin.home.checkAt(10)).toBeDefined();
    expect(model.home.checkAt(10)).toBeUndefined();
    for (let at = model.state.head; at > model.state.head - 1_000; at--) {
      if (at <= head) expect(model.home.checkAt(at)).toBe(twin.home.checkAt(at));
      else expect(model.home.checkAt(at)).toBeDefined();
    }
  });

  test('of caches first, and of history only where that is not enough', () => {
    const model = withBudget(4 * mib);
    let bytes = 3.5 * mib;
    model.home.memory.caches.add({
      get memoryBytes() {
        return bytes;
      },
      shrink: () => {
        bytes = 0;
      },
    });
    for (let index = 1; index < 100; index++) model.write('ann', [note(index)]);
    expect(bytes).toBe(0);
    const first = transaction('ann', 1, [note(1)]);
    expect(model.commit(first).outcome.status).toBe('committed');
    expect(model.state.scopes.touches.start).toBe(0);
  });

  test('of what deleted rows left behind, so that writing resumes by itself', () => {
    const model = withBudget(8 * mib);
    const { refused } = fill(model);
    // Less than half of any chunk: nothing is written anew by itself.
    const gone = Math.floor(refused.counter * 0.3);
    for (let at = 1; at <= gone; at++) model.write('bob', [remove(noteTable, keyOf(at))]);
    expect(model.commit(refused).outcome.status).toBe('committed');
    expect(model.home.memory.usedBytes).toBeLessThan(8 * mib * 1.25);
  });
});

describe('a chunk of rows whose strings leave no room', () => {
  const arenaBytesMax = 4 * mib;
  const options: ModelHomeOptions = {
    limits: { ...defaultLimits, memoryBytesMax: 16 * mib },
    tableSettings: { arenaBytesMax },
  };

  test('takes no more, and all else goes on', () => {
    const model = new ModelHome(options);
    const { error, refused } = fill(model, 32 * kib);
    expect(error).toMatchObject({
      code: Code.resourceExhausted,
      reason: 'CHUNK_FULL',
      retryDelayMs: 30_000,
      metadata: { table: noteTable.name, column: 'text' },
    });
    // What was ordered fits, with all that was under way.
    const written = refused.counter * 32 * kib;
    expect(written).toBeGreaterThan(arenaBytesMax * (7 / 8));
    expect(written).toBeLessThan(arenaBytesMax);
    model.write('bob', [put(itemTable, 'i1', { notes: text(kib) })]);
    model.write('bob', [put(meterTable, '7', { site: 'a' })]);
    model.write('bob', [
      put(noteTable, 'empty', { likes: 3 }),
      patch(noteTable, keyOf(1), { likes: 4 }),
    ]);
    expect(
      syncErrorOf(() => model.write('bob', [patch(noteTable, keyOf(1), { text: 'y' })])),
    ).toMatchObject({
      reason: 'CHUNK_FULL',
    });
  });

  test.each([
    ['cleared', (key: string) => patch(noteTable, key, { text: '' })],
    ['deleted', (key: string) => remove(noteTable, key)],
  ])('takes more once enough is %s', (_what, change) => {
    const model = new ModelHome(options);
    const { refused } = fill(model, 32 * kib);
    for (let at = 1; at < 10; at++) model.write('bob', [change(keyOf(at))]);
    expect(model.commit(refused).outcome.status).toBe('committed');
  });

  test('is told by what it would take as text, where it has codes of a dictionary', () => {
    const limits = { ...defaultLimits, memoryBytesMax: 4 * mib };
    const model = new ModelHome({ ...options, limits });
    const same = text(64 * kib);
    let reason = '';
    for (let at = 0; at < 200 && reason === ''; at++) {
      try {
        model.write('ann', [put(noteTable, keyOf(at), { text: same })]);
      } catch (error) {
        ({ reason } = error as { reason: string });
      }
    }
    expect(reason).toBe('CHUNK_FULL');
    // As text they fit.
    expect(model.state.table(noteTable).columns.liveCount * 64 * kib).toBeLessThan(arenaBytesMax);
  });

  test('of the ledger refuses what would go there, and nothing else', () => {
    const model = new ModelHome(options);
    let error: unknown;
    for (let at = 1; at < 400 && error === undefined; at++) {
      const key = `i${at}`;
      const base = model.state.head;
      model.write('ann', [put(itemTable, key, { notes: text(8 * kib), site: 'a' })]);
      model.write('cyd', [patch(itemTable, key, { notes: text(kib, 'z') })]);
      try {
        model.write('bob', [patch(itemTable, key, { notes: text(16 * kib, 'y') }, { base })]);
      } catch (caught) {
        error = caught;
      }
      model.write('ann', [remove(itemTable, key)]);
    }
    expect(error).toMatchObject({
      reason: 'CHUNK_FULL',
      metadata: { table: 'syncdb.v1.Conflict' },
    });
    model.write('bob', [put(itemTable, 'fine', { notes: text(kib) })]);
  });
});
