import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { bytesAbout } from '../../src/change/transaction.ts';
import { compareTentative, TentativeQueue } from '../../src/replica/tentative-queue.ts';
import { itemTable, remove, transaction } from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const prepared = (replica: string, counter: number, stamp = counter) => ({
  transaction: transaction(replica, counter, [remove(itemTable, 'i')], { stamp }),
  changes: [],
});
const names = (queue: TentativeQueue) =>
  queue.all().map(({ transaction: { replica, counter } }) => `${replica}${counter}`);

function queueOf(...entries: readonly (readonly [string, number, number?])[]): TentativeQueue {
  const queue = new TentativeQueue(100);
  for (const [replica, counter, stamp] of entries) queue.add(prepared(replica, counter, stamp));
  return queue;
}

describe('[I1] the order of tentative transactions', () => {
  test('is that of stamps, then of replicas', () => {
    expect(names(queueOf(['b', 1, 5], ['a', 1, 9], ['c', 1, 5]))).toEqual(['b1', 'c1', 'a1']);
  });

  test('never turns a writer’s own order round, whatever its stamps', () => {
    expect(names(queueOf(['a', 1, 9], ['a', 2, 3], ['b', 1, 5]))).toEqual(['b1', 'a1', 'a2']);
    expect(names(queueOf(['a', 1, 0], ['a', 2, 0], ['b', 7, 0]))).toEqual(['a1', 'a2', 'b7']);
  });

  test('is a total one, the same whatever order they come in', () => {
    const writers = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(writers, fc.infiniteStream(fc.nat()), (stamps, choices) => {
        const all = Object.entries(stamps);
        const inTurn = queueOf(
          ...all.flatMap(([replica, list]) =>
            list.map((stamp, at) => [replica, at + 1, stamp] as const),
          ),
        );
        const mixed = new TentativeQueue(100);
        const waiting = all.map(([replica, list]) =>
          list.map((stamp, at) => prepared(replica, at + 1, stamp)),
        );
        while (waiting.some((list) => list.length > 0)) {
          const next = waiting[choices.next().value! % waiting.length]!.shift();
          if (next !== undefined) mixed.add(next);
        }
        expect(names(mixed)).toEqual(names(inTurn));
        const sorted = mixed.all();
        for (const [at, left] of sorted.entries()) {
          for (const [later, right] of sorted.entries()) {
            expect(Math.sign(compareTentative(left, right))).toBe(Math.sign(at - later));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is another list whenever it changes, and the same until then', () => {
    const queue = queueOf(['a', 1]);
    const before = queue.all();
    expect(queue.all()).toBe(before);
    queue.add(prepared('b', 1));
    expect(queue.all()).not.toBe(before);
  });
});

describe('the queue', () => {
  test('[P6] keeps each writer’s transactions without a gap until they are settled', () => {
    const queue = queueOf(['a', 4], ['b', 1], ['a', 5], ['a', 6]);
    expect([queue.length, queue.replicas().sort()]).toEqual([4, ['a', 'b']]);
    expect(queue.settle('a', 3)).toEqual([]);
    expect(queue.settle('a', 5).map(({ transaction: { counter } }) => counter)).toEqual([4, 5]);
    expect(queue.of('a').map(({ transaction: { counter } }) => counter)).toEqual([6]);
    expect(queue.settle('a', 9)).toHaveLength(1);
    expect([queue.length, queue.replicas(), queue.of('a'), queue.settle('c', 1)]).toEqual([
      1,
      ['b'],
      [],
      [],
    ]);
  });

  test('takes one that it has as known, one at either end, and none beyond one that is missing', () => {
    const queue = queueOf(['a', 4]);
    expect(queue.add(prepared('a', 4))).toBeUndefined();
    expect(syncErrorOf(() => queue.add(prepared('a', 2)))).toMatchObject({
      reason: 'COUNTER_GAP',
      metadata: { replica_id: 'a', expected_counter: '3' },
    });
    expect(syncErrorOf(() => queue.add(prepared('a', 6)))).toMatchObject({
      code: Code.failedPrecondition,
      reason: 'COUNTER_GAP',
      metadata: { replica_id: 'a', expected_counter: '5' },
    });
    expect(queue.length).toBe(1);
    expect(queue.add(prepared('a', 3))).toBeDefined();
    expect(queue.add(prepared('a', 5))).toBeDefined();
    expect(queue.of('a').map(({ transaction }) => transaction.counter)).toEqual([3, 4, 5]);
  });

  test('keeps the order of a writer whose earlier transaction comes later', () => {
    const queue = new TentativeQueue(9);
    queue.add(prepared('a', 2, 50));
    queue.add(prepared('b', 1, 60));
    queue.add(prepared('a', 1, 70));
    expect(names(queue)).toEqual(['a1', 'a2', 'b1']);
  });

  test('begins with the transaction that found no room, not behind it', () => {
    const queue = new TentativeQueue(1);
    queue.add(prepared('b', 1));
    expect(syncErrorOf(() => queue.add(prepared('a', 4))).reason).toBe('QUEUE_FULL');
    expect(queue.replicas().sort()).toEqual(['a', 'b']);
    queue.settle('b', 1);
    expect(syncErrorOf(() => queue.add(prepared('a', 5)))).toMatchObject({
      reason: 'COUNTER_GAP',
      metadata: { expected_counter: '4' },
    });
    expect(queue.settle('a', 3)).toEqual([]);
    expect(syncErrorOf(() => queue.add(prepared('a', 5))).reason).toBe('COUNTER_GAP');
    queue.settle('a', 4);
    expect(queue.add(prepared('a', 5))).toBeDefined();
  });

  test('begins with the transaction that was passed over, not behind it', () => {
    const queue = queueOf(['a', 4]);
    queue.passOver('a', 5);
    // One that stands in front of the others holds up nothing behind them.
    queue.passOver('a', 3);
    queue.settle('a', 4);
    expect(syncErrorOf(() => queue.checkPlace('a', 6))).toMatchObject({
      reason: 'COUNTER_GAP',
      metadata: { expected_counter: '5' },
    });
    queue.passOver('a', 4);
    expect(syncErrorOf(() => queue.add(prepared('a', 5))).reason).toBe('COUNTER_GAP');
    expect([4, 5, 6].map((counter) => queue.add(prepared('a', counter)))).not.toContain(undefined);
  });

  test('counts all, one writer’s, or none against its limit', () => {
    const queue = new TentativeQueue(2);
    for (const [replica, counter] of [
      ['a', 1],
      ['b', 1],
    ] as const)
      queue.add(prepared(replica, counter));
    expect(queue.add(prepared('a', 2), 'writer')).toBeDefined();
    expect(syncErrorOf(() => queue.add(prepared('a', 3), 'writer')).reason).toBe('QUEUE_FULL');
    expect(queue.add(prepared('a', 3), 'none')).toBeDefined();
    expect(syncErrorOf(() => queue.add(prepared('c', 1))).reason).toBe('QUEUE_FULL');
  });

  test('is full with the transaction that reaches its bytes, of all or of one writer, until one goes', () => {
    const each = bytesAbout(prepared('a', 1).transaction.changes);
    const full = { code: Code.resourceExhausted, reason: 'QUEUE_FULL' };
    const add = (queue: TentativeQueue, replica: string, counter: number, counted?: 'writer') =>
      syncErrorOf(() => queue.add(prepared(replica, counter), counted));
    const queue = new TentativeQueue(100, 2 * each);
    queue.add(prepared('a', 1));
    queue.add(prepared('b', 1));
    expect(add(queue, 'a', 2)).toMatchObject({
      ...full,
      metadata: { transactions: '2', bytes: String(2 * each) },
    });
    expect(queue.add(prepared('a', 2), 'writer')).toBeDefined();
    expect(add(queue, 'a', 3, 'writer')).toMatchObject(full);
    queue.cut('a', 1);
    expect(add(queue, 'c', 1)).toMatchObject(full);
    queue.settle('a', 1);
    expect(queue.add(prepared('a', 2))).toBeDefined();
    const roomy = new TentativeQueue(100, 2 * each + 1);
    for (const counter of [1, 2, 3]) roomy.add(prepared('a', counter));
    expect(add(roomy, 'a', 4)).toMatchObject(full);
  });

  test('is full at its limit, and not before', () => {
    const queue = new TentativeQueue(2);
    queue.add(prepared('a', 1));
    queue.add(prepared('b', 1));
    expect(syncErrorOf(() => queue.add(prepared('a', 2)))).toMatchObject({
      code: Code.resourceExhausted,
      reason: 'QUEUE_FULL',
    });
    queue.settle('b', 1);
    expect(queue.add(prepared('a', 2))).toBeDefined();
  });

  test('tells what a writer has behind a counter', () => {
    const queue = queueOf(['a', 4], ['a', 5], ['a', 6]);
    const behind = (counter: number) =>
      queue.behind('a', counter).map(({ transaction }) => transaction.counter);
    expect([behind(0), behind(4), behind(6), behind(2 ** 53 - 1)]).toEqual([
      [4, 5, 6],
      [5, 6],
      [],
      [],
    ]);
    expect(queue.behind('b', 0)).toEqual([]);
  });

  test('drops all of a writer', () => {
    const queue = queueOf(['a', 1], ['a', 2], ['b', 1]);
    expect(queue.drop('a')).toHaveLength(2);
    expect(names(queue)).toEqual(['b1']);
  });

  test('drops what is behind a counter', () => {
    const queue = queueOf(['a', 4], ['a', 5], ['a', 6], ['b', 1]);
    const cut = queue.cut('a', 4).map(({ transaction }) => transaction.counter);
    expect([cut, names(queue), queue.length]).toEqual([[5, 6], ['b1', 'a4'], 2]);
    queue.cut('a', 0);
    expect([queue.replicas(), queue.cut('nobody', 0)]).toEqual([['b'], []]);
  });

  test('[I13] remembers what is missing of so many writers at the most', () => {
    const queue = new TentativeQueue(2);
    for (const writer of ['a', 'b']) queue.add(prepared(writer, 1));
    for (const writer of ['c', 'd', 'e']) {
      expect(() => queue.add(prepared(writer, 1))).toThrow('wait to be synced');
    }
    expect(queue.replicas()).toEqual(['a', 'b', 'd', 'e']);
  });

  test('puts one behind a place in the order that it had before', () => {
    const queue = queueOf(['a', 1], ['b', 1]);
    const entry = queue.add(prepared('c', 1), 'none', 99);
    expect([entry?.orderStamp, names(queue).at(-1)]).toEqual([99, 'c1']);
  });

  test('takes up a line before what is here as it would take the newest first, one by one', () => {
    const stamps = fc.array(fc.nat({ max: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(stamps, stamps, fc.nat(3), (before, here, twice) => {
        const line = before.map((stamp, index) => prepared('a', index + 1, stamp));
        const [inOne, oneByOne] = [0, 1].map(() => {
          const queue = queueOf(['b', 1, 2]);
          for (const [index, stamp] of here.entries()) {
            queue.add(prepared('a', before.length + 1 + index, stamp));
          }
          return queue;
        }) as [TentativeQueue, TentativeQueue];
        // Some may be here already.
        for (const each of line.slice(Math.max(0, line.length - twice)).toReversed()) {
          if (here.length === 0) continue;
          for (const queue of [inOne, oneByOne]) queue.add(each);
        }
        const added = inOne.addBefore(line);
        const expected = line.toReversed().map((each) => oneByOne.add(each, 'none'));
        expect(added).toEqual(expected.toReversed().filter((entry) => entry !== undefined));
        expect([inOne.of('a'), inOne.length]).toEqual([oneByOne.of('a'), oneByOne.length]);
        expect(inOne.all()).toEqual(oneByOne.all());
      }),
    );
  });

  test('takes up no line that leaves a gap', () => {
    const queue = queueOf(['a', 4]);
    const line = [1, 2].map((counter) => prepared('a', counter));
    expect(syncErrorOf(() => queue.addBefore(line))).toMatchObject({ reason: 'COUNTER_GAP' });
    expect([queue.length, names(queue)]).toEqual([1, ['a4']]);
  });

  test('exchanges one for its sealed form', () => {
    const queue = queueOf(['a', 4], ['a', 5]);
    const entry = queue.of('a')[1]!;
    const sealed = {
      ...entry,
      transaction: { ...entry.transaction, previousDigest: new Uint8Array(16) },
    };
    queue.replace(sealed);
    expect(queue.of('a')[1]).toBe(sealed);
    expect(queue.all().at(-1)).toBe(sealed);
  });
});
