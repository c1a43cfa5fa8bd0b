import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Limits } from '../../src/base/limits.ts';
import { type Outcome, unorderedOutcome } from '../../src/change/commit.ts';
import { bytesAbout, type Transaction } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { holdTransactions } from '../../src/session/hold.ts';
import type { PartResult } from '../../src/session/messages.ts';
import { PushPlan } from '../../src/session/push-plan.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { testReplica } from './support/hosts.ts';
import { partsOf, transactionOf } from './support/messages.ts';

test('sends each transaction once, in the order of its counter, and all again on a new stream', () => {
  const { replica, plan } = planWith(2);
  expect(next(plan)).toEqual(['p/1', 'p/2']);
  expect(next(plan)).toEqual([]);
  write(replica, 1);
  expect(next(plan)).toEqual(['p/3']);
  plan.begin();
  expect(next(plan)).toEqual(['p/1', 'p/2', 'p/3']);
});

test('[P24] leaves out what the server has', () => {
  const { plan } = planWith(3);
  plan.settled('p', 2);
  plan.settled('p', 1);
  expect(next(plan)).toEqual(['p/3']);
});

test('leaves out what a relay carries, until there is something before that: it may lack it', () => {
  const { replica, plan } = planWith(0, {}, true);
  for (const counter of [3, 4]) {
    replica.receive(transactionOf('q', counter));
    plan.carried('q', counter);
  }
  expect(next(plan)).toEqual([]);
  replica.receive(transactionOf('q', 5));
  expect(next(plan)).toEqual(['q/5']);
  replica.receive(transactionOf('q', 2));
  expect(next(plan)).toEqual(['q/2', 'q/3', 'q/4', 'q/5']);
});

test('sends what fits into one message, one transaction at least', () => {
  const byCount = planWith(5, { pushTransactionsMax: 2 }).plan;
  expect([next(byCount), next(byCount), next(byCount), next(byCount)]).toEqual([
    ['p/1', 'p/2'],
    ['p/3', 'p/4'],
    ['p/5'],
    [],
  ]);
  const { plan: probe } = planWith(1);
  const bytes = bytesAbout(probe.next()[0]!.changes);
  const exact = planWith(3, { pushBytesMax: 2 * bytes }).plan;
  expect([next(exact), next(exact)]).toEqual([['p/1', 'p/2'], ['p/3']]);
  const less = planWith(3, { pushBytesMax: 2 * bytes - 1 }).plan;
  expect([next(less), next(less)]).toEqual([['p/1'], ['p/2']]);
});

test('sends in parts what is larger than pushBytesMax, and behind it of the same writer nothing before all is there', () => {
  const { replica, plan } = planWith(1, { pushBytesMax: 700, partBytesMax: 50 }, true);
  const large = writeLarge(replica);
  write(replica, 1);
  replica.receive(transactionOf('q', 1));
  expect(next(plan)).toEqual(['p/1', 'q/1']);
  expect([next(plan), plan.nextPart()?.bytes.length]).toEqual([[], 0]);
  // The server has most of it already.
  const total = partsOf(large, 1).length;
  expect(plan.partAnswered(answerTo(large, total - 60))).toBe(false);
  expect(plan.nextPart()).toMatchObject({ replica: 'p', counter: 2, offset: total - 60 });
  expect(plan.nextPart()).toMatchObject({ offset: total - 10, totalBytes: total });
  expect([plan.nextPart(), next(plan)]).toEqual([undefined, []]);
  expect(plan.partAnswered(answerTo(large, total - 10))).toBe(false);
  expect(next(plan)).toEqual([]);
  expect(plan.partAnswered(answerTo(large, total))).toBe(true);
  expect([next(plan), plan.nextPart()]).toEqual([['p/3'], undefined]);
});

test('[I13] pushBytesMax is the largest that is pushed', () => {
  const bytes = bytesAbout(planWith(1).plan.next()[0]!.changes);
  const { plan } = planWith(1, { pushBytesMax: bytes });
  expect([next(plan), plan.nextPart()]).toEqual([['p/1'], undefined]);
  const { plan: less } = planWith(1, { pushBytesMax: bytes - 1 });
  expect([next(less), less.nextPart()?.counter]).toEqual([[], 1]);
});

test('[P7] asks about a large one again where it could not be ordered, and on a new stream', () => {
  const { replica, plan } = planWith(0, { pushBytesMax: 700 });
  const large = writeLarge(replica);
  const total = partsOf(large, 1).length;
  expect(plan.nextPart()?.bytes).toHaveLength(0);
  expect(plan.partAnswered(answerTo(large, total))).toBe(true);
  plan.answered(unordered('p', 1, 'QUEUE_FULL'));
  expect(plan.nextPart()).toBeUndefined();
  plan.retry();
  expect(plan.nextPart()).toMatchObject({ counter: 1, bytes: new Uint8Array(0) });
  plan.begin();
  expect(plan.nextPart()).toMatchObject({ counter: 1, bytes: new Uint8Array(0) });
});

test('holds back what is not on stable storage, and what follows it', () => {
  const replica = testReplica('p', { relay: true });
  write(replica, 2);
  replica.receive(transactionOf('q', 1));
  let stored = 0;
  const plan = new PushPlan(replica, () => stored);
  expect(next(plan)).toEqual(['q/1']);
  stored = 1;
  expect(next(plan)).toEqual(['p/1']);
  stored = 2;
  expect(next(plan)).toEqual(['p/2']);
});

test('[P2] after a gap sends all from the missing one on, one time', () => {
  const { plan } = planWith(3);
  expect(next(plan)).toEqual(['p/1', 'p/2', 'p/3']);
  plan.answered(unordered('p', 2, 'COUNTER_GAP'));
  plan.answered(unordered('p', 3, 'COUNTER_GAP'));
  expect(next(plan)).toEqual(['p/1', 'p/2', 'p/3']);
  plan.answered(unordered('p', 2, 'COUNTER_GAP'));
  expect(next(plan)).toEqual([]);
  plan.retry();
  expect(next(plan)).toEqual(['p/2']);
  plan.answered(held('p', 2));
  expect(next(plan)).toEqual(['p/3']);
  plan.retry();
  expect(next(plan)).toEqual([]);
});

test('[I1] tries again from the counter that is expected, where what comes before was sent and answered long ago', () => {
  const { plan } = planWith(3);
  next(plan);
  plan.answered(unordered('p', 3, 'COUNTER_GAP', 1));
  expect(next(plan)).toEqual(['p/1', 'p/2', 'p/3']);
  plan.answered(unordered('p', 3, 'COUNTER_GAP', 2));
  plan.retry();
  expect(next(plan)).toEqual(['p/2']);
  plan.answered(held('p', 2));
  expect(next(plan)).toEqual(['p/3']);
});

test('[I1] sends backwards what comes before all that a relay holds, then goes on behind that', () => {
  const { plan } = planWith(6, { pushTransactionsMax: 2 });
  expect([next(plan), next(plan)]).toEqual([
    ['p/1', 'p/2'],
    ['p/3', 'p/4'],
  ]);
  plan.answered(unordered('p', 1, 'COUNTER_GAP', 4));
  expect(next(plan)).toEqual(['p/3', 'p/4']);
  // Answers to what was sent before say nothing of these.
  plan.answered(unordered('p', 2, 'COUNTER_GAP', 1));
  for (const counter of [3, 4]) plan.answered(held('p', counter));
  expect(next(plan)).toEqual(['p/1', 'p/2']);
  for (const counter of [1, 2]) plan.answered(held('p', counter));
  expect(next(plan)).toEqual(['p/5', 'p/6']);
});

test('[I12] tries again later where what is here does not reach to what a relay holds, and joins both once it does', () => {
  const writer = testReplica('w', {});
  write(writer, 12);
  writer.seal();
  const line = writer.queue.of('w').map(({ transaction }) => transaction);
  const [near, far] = [testReplica('near', { relay: true }), testReplica('far', { relay: true })];
  for (const transaction of line.slice(0, 4)) near.receive(transaction);
  for (const transaction of line.slice(9)) far.receive(transaction);
  const plan = new PushPlan(near);
  const push = () => {
    const { schema, limits } = near.options;
    const batch = plan.next().map((each) => prepareTransaction(schema, limits, each, 't'));
    for (const outcome of holdTransactions(far, batch, { writeScopes: ['*'] })) {
      plan.answered(outcome);
    }
    return batch.map(({ transaction }) => transaction.counter);
  };
  expect([push(), push()]).toEqual([[1, 2, 3, 4], []]);
  plan.retry();
  expect([push(), push()]).toEqual([[1], []]);
  for (const transaction of line.slice(4, 9).reverse()) far.receive(transaction);
  plan.retry();
  expect([push(), push(), push()]).toEqual([[1], [1, 2, 3, 4], []]);
  expect(far.queue.of('w').map(({ transaction }) => transaction.counter)).toEqual(
    line.map(({ counter }) => counter),
  );
});

test('what had no room alone is sent again when its time has come, whatever is committed meanwhile', () => {
  const replica = testReplica('p');
  write(replica, 2);
  const time = { ms: 0 };
  const plan = new PushPlan(replica, undefined, { nowMs: () => time.ms });
  const countersOf = () => plan.next().map(({ counter }) => counter);
  expect(countersOf()).toEqual([1, 2]);
  const refusal = { reason: 'HEAP_FULL', message: '' };
  const answer = (...counters: number[]) => {
    const outcomes = counters.map((counter) =>
      unorderedOutcome({ replica: 'p', counter }, refusal),
    );
    plan.pushAnswered({ outcomes });
    for (const outcome of outcomes) plan.answered(outcome);
  };
  answer(1, 2);
  plan.retry();
  expect(countersOf()).toEqual([1]);
  answer(1);
  plan.retry();
  expect(countersOf()).toEqual([]);
  time.ms = 20_000;
  expect(countersOf()).toEqual([1]);
  answer(1);
  plan.begin();
  expect(countersOf()).toEqual([1]);
});

test('[I12] whatever a server expects, what it has not ordered is sent again', () => {
  const counters = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(Number.MAX_SAFE_INTEGER));
  fc.assert(
    fc.property(fc.array(counters, { minLength: 1, maxLength: 30 }), (expected) => {
      const { plan } = planWith(4, { pushTransactionsMax: 2 });
      for (const each of expected) {
        let batch = plan.next();
        for (let round = 0; round < 100 && batch.length > 0; round++) {
          for (const { counter } of batch) {
            plan.answered(unordered('p', counter, 'COUNTER_GAP', each));
          }
          batch = plan.next();
        }
        expect(batch).toEqual([]);
        plan.retry();
      }
      expect(next(plan)).not.toEqual([]);
    }),
  );
});

test('[I12] goes on behind a window that was settled while it was on its way', () => {
  const { replica, plan } = planWith(6, { pushTransactionsMax: 2 });
  next(plan);
  plan.answered(unordered('p', 1, 'COUNTER_GAP', 4));
  expect(next(plan)).toEqual(['p/3', 'p/4']);
  replica.queue.settle('p', 4);
  for (const counter of [3, 4]) plan.answered(unordered('p', counter, 'COUNTER_FORGOTTEN'));
  plan.retry();
  expect(next(plan)).toEqual(['p/5', 'p/6']);
});

test('holds back what reaches to what a relay holds until it is on stable storage', () => {
  const replica = testReplica('p');
  write(replica, 3);
  let stored = 2;
  const plan = new PushPlan(replica, () => stored);
  expect(next(plan)).toEqual(['p/1', 'p/2']);
  plan.answered(unordered('p', 1, 'COUNTER_GAP', 3));
  plan.retry();
  expect(next(plan)).toEqual(['p/1']);
  stored = 3;
  plan.answered(unordered('p', 1, 'COUNTER_GAP', 3));
  expect(next(plan)).toEqual(['p/1', 'p/2', 'p/3']);
});

test('behind one that could not be ordered sends nothing new before it has sent that again', () => {
  const { replica, plan } = planWith(2);
  next(plan);
  plan.answered(unordered('p', 1, 'QUEUE_FULL'));
  write(replica, 1);
  expect(next(plan)).toEqual([]);
  // A gap that comes to light later begins everything anew.
  plan.answered(unordered('p', 2, 'COUNTER_GAP'));
  expect(next(plan)).toEqual(['p/1', 'p/2', 'p/3']);
});

test('with nothing before the gap waits for a checkpoint', () => {
  const { plan } = planWith(2);
  next(plan);
  plan.answered(unordered('p', 1, 'COUNTER_GAP'));
  expect(next(plan)).toEqual([]);
  plan.retry();
  expect(next(plan)).toEqual(['p/1']);
  plan.answered(held('p', 1));
  expect(next(plan)).toEqual(['p/2']);
});

test('[P7] sends again at a checkpoint the first that found a full queue, and the others when it is taken', () => {
  const { plan } = planWith(3);
  next(plan);
  plan.answered(held('p', 1));
  plan.answered(unordered('p', 2, 'QUEUE_FULL'));
  plan.answered(unordered('p', 3, 'QUEUE_FULL'));
  for (let round = 0; round < 3; round++) {
    plan.retry();
    expect([next(plan), next(plan)]).toEqual([['p/2'], []]);
    plan.answered(unordered('p', 2, 'QUEUE_FULL'));
  }
  plan.retry();
  next(plan);
  plan.answered(held('p', 2));
  expect(next(plan)).toEqual(['p/3']);
});

test('an answer for what is no longer here changes nothing', () => {
  const { replica, plan } = planWith(0);
  plan.answered(unordered('p', 1, 'COUNTER_GAP'));
  plan.answered({ ...unordered('p', 1, ''), refusal: undefined });
  plan.retry();
  write(replica, 1);
  expect(next(plan)).toEqual(['p/1']);
});

test.each([[undefined], [2]])(
  'a late answer for what has been settled meanwhile holds nothing back for long',
  (expected) => {
    const { replica, plan } = planWith(1);
    expect(next(plan)).toEqual(['p/1']);
    replica.queue.settle('p', 1);
    plan.answered(unordered('p', 1, 'COUNTER_GAP', expected));
    plan.retry();
    write(replica, 1);
    expect(next(plan)).toEqual(['p/2']);
  },
);

test('[P5] has nothing sealed while enough is on its way: what waits may still become less', () => {
  const replica = testReplica('p');
  write(replica, 3);
  const windowBytes = { first: 400, min: 400 };
  const plan = new PushPlan(replica, undefined, { nowMs: () => 0, windowBytes });
  expect(next(plan)).toEqual(['p/1']);
  const seals = vi.spyOn(replica, 'seal');
  expect(next(plan)).toEqual([]);
  expect(plan.nextPart()).toBeUndefined();
  expect(seals).not.toHaveBeenCalled();
  plan.pushAnswered({ outcomes: [{ replica: 'p', counter: 1, status: 'committed' } as Outcome] });
  expect(next(plan)).toEqual(['p/2', 'p/3']);
});

test('[P2] sends what comes before that which it has sent, and those again', () => {
  const replica = testReplica('r', { relay: true });
  replica.receive(transactionOf('q', 5));
  const plan = new PushPlan(replica);
  expect(next(plan)).toEqual(['q/5']);
  replica.receive(transactionOf('q', 4));
  expect(next(plan)).toEqual(['q/4', 'q/5']);
  expect(next(plan)).toEqual([]);
});

test('[P2] sends others under counters of which it let go', () => {
  const replica = testReplica('r', { relay: true });
  const receive = (...counters: number[]) => {
    for (const counter of counters) replica.receive(transactionOf('q', counter));
  };
  receive(1, 2);
  const plan = new PushPlan(replica);
  next(plan);
  replica.dropForeign(() => false);
  plan.retry();
  receive(1);
  expect(next(plan)).toEqual(['q/1']);
  replica.dropForeign(() => false);
  plan.forget('q');
  receive(1);
  expect(next(plan)).toEqual(['q/1']);
});

test('sends again at a checkpoint what a relay carried of a writer whose id another device has', () => {
  const { plan } = planWith(3);
  next(plan);
  plan.answered(unordered('p', 1, 'REPLICA_FORKED'));
  plan.answered(unordered('p', 2, 'REPLICA_FORKED'));
  expect(next(plan)).toEqual([]);
  plan.retry();
  expect(next(plan)).toEqual(['p/1']);
});

function planWith(count: number, limits: Partial<Limits> = {}, relay = false) {
  const replica = testReplica('p', { limits, relay });
  write(replica, count);
  return { replica, plan: new PushPlan(replica) };
}

/** Each with a row of the same size. */
function write(replica: Replica, count: number): void {
  for (let index = 0; index < count; index++) replica.write([putEdit(newsTable, 'k1', {})], 0);
}

/** One of a thousand bytes. */
function writeLarge(replica: Replica): Transaction {
  replica.write([putEdit(newsTable, 'k1', { text: 'x'.repeat(900) })], 0);
  replica.seal();
  return replica.queue.of(replica.id).at(-1)!.transaction;
}

function answerTo({ replica, counter }: Transaction, receivedBytes: number): PartResult {
  return { type: 'part-result', replica, counter, receivedBytes };
}

function next(plan: PushPlan): string[] {
  return plan.next().map(({ replica, counter }) => `${replica}/${counter}`);
}

function held(replica: string, counter: number): Outcome {
  return { replica, counter, status: 'held', refusal: undefined, conflicts: 0 };
}

function unordered(replica: string, counter: number, reason: string, expected?: number): Outcome {
  const metadata: Record<string, string> = {};
  if (expected !== undefined) metadata.expected_counter = String(expected);
  return unorderedOutcome({ replica, counter }, { reason, message: '', metadata });
}
