import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { nothingSettled, type Outcome, unorderedOutcome } from '../../src/change/commit.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { FormerLines } from '../../src/replica/former-lines.ts';
import { KeptTransactions } from '../../src/replica/kept-transactions.ts';
import { ParkedTransactions } from '../../src/replica/parked-transaction.ts';
import { SettledPositions } from '../../src/replica/settled-positions.ts';
import { TentativeQueue, type TentativeTransaction } from '../../src/replica/tentative-queue.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, modelSchema, put, transaction } from '../support/model-schema.ts';

const of = (counter: number) => transaction('ann', counter, [put(itemTable, `i${counter}`, {})]);
const at = (counter: number) => ({ counter, digest: digestOf(of(counter)) });
/** As another device's line has it. */
const elsewhere = (counter: number) => ({ counter, digest: new Uint8Array(16).fill(counter) });
const prepared = (one: Transaction) => prepareTransaction(modelSchema, defaultLimits, one, 't');

/** The id `ann` was given up behind three transactions, of which so many wait for a checkpoint; the others are kept. */
function given(queued = 0) {
  const queue = new TentativeQueue(100);
  const kept = new KeptTransactions(defaultLimits);
  const parked = new ParkedTransactions();
  const positions = new SettledPositions();
  const hidden: TentativeTransaction[] = [];
  const lines = new FormerLines({
    ...{ queue, kept, parked, positions },
    takeBefore: (taken) => {
      for (const one of taken.toReversed()) queue.add(prepared(one), 'none');
    },
    hide: (entries) => hidden.push(...entries),
  });
  lines.give('ann', 3, 16);
  for (const counter of [1, 2, 3]) {
    if (counter > 3 - queued) queue.add(prepared(of(counter)), 'none');
    else kept.add({ transaction: of(counter), seq: counter });
  }
  const waiting = () => lines.waitingOf('ann').map(({ counter }) => counter);
  const keptNow = () => kept.all.map((entry) => entry.transaction.counter);
  return { queue, kept, parked, hidden, lines, waiting, keptNow };
}

const answer = (counter: number, status: Outcome['status'], reason = ''): Outcome =>
  status === 'unordered'
    ? unorderedOutcome({ replica: 'ann', counter }, { reason, message: '' })
    : { replica: 'ann', counter, status, refusal: undefined, conflicts: 0 };
const stateAt = new ModelHome().state;

describe('of ids that it had', () => {
  test('the oldest is forgotten of those of which nothing waits', () => {
    const { lines, parked } = given();
    lines.reopen('ann', nothingSettled, 1);
    lines.give('bob', 2, 2);
    lines.give('cleo', 2, 2);
    expect([lines.ids, lines.waitingCount, parked.all]).toEqual([['ann', 'cleo'], 3, []]);
  });

  test('[I2] what waits is parked where all wait', () => {
    const { lines, parked } = given();
    lines.reopen('ann', nothingSettled, 1);
    lines.give('bob', 2, 1);
    expect([lines.ids, lines.waitingCount]).toEqual([['bob'], 0]);
    expect(parked.all.map(({ outcome }) => outcome.refusal!.reason)).toEqual(
      Array.from({ length: 3 }, () => 'ID_FORGOTTEN'),
    );
  });
});

describe('what is lost of a line', () => {
  test('is what is behind the position that a home has of it', () => {
    const { lines } = given(1);
    const first = [nothingSettled, at(1), at(2), at(3)].map((each) =>
      lines.firstLost('ann', each, undefined),
    );
    expect(first).toEqual([1, 2, 3, undefined]);
    expect(lines.firstLost('bob', nothingSettled, undefined)).toBeUndefined();
  });

  test('is all that was settled behind the fork where the position is of another line', () => {
    const { lines } = given(1);
    expect(lines.firstLost('ann', elsewhere(9), undefined)).toBeUndefined();
    expect(lines.firstLost('ann', elsewhere(9), (seq) => seq > 1)).toBe(2);
    expect(lines.firstLost('ann', elsewhere(2), undefined)).toBe(3);
  });

  test('is not lost a second time while it waits', () => {
    const { lines } = given();
    lines.reopen('ann', at(1), 2);
    expect(lines.firstLost('ann', at(1), undefined)).toBeUndefined();
    expect(lines.firstLost('ann', nothingSettled, undefined)).toBe(1);
  });

  test('waits again, with what waited for a checkpoint, and without what others went on with', () => {
    const { lines, queue, waiting, keptNow, hidden } = given(1);
    queue.add(prepared(of(4)), 'none');
    lines.reopen('ann', at(1), 2);
    expect([waiting(), keptNow(), hidden.length]).toEqual([[2, 3], [1], 1]);
    expect(lines.outgoing(new Map([['ann', 2]])).map(({ counter }) => counter)).toEqual([3]);
    expect([lines.waitingCount, lines.keeps('ann'), lines.keeps('bob')]).toEqual([2, true, false]);
  });

  test('is not parked for what was said of it before', () => {
    const { lines, parked, waiting } = given(2);
    parked.add(
      [1, 3].map((counter) => ({ transaction: of(counter), outcome: answer(counter, 'refused') })),
    );
    lines.reopen('ann', at(1), 2);
    expect(waiting()).toEqual([2, 3]);
    expect(parked.all.map(({ transaction }) => transaction.counter)).toEqual([1]);
  });

  test('[I2] is parked where one before it is missing', () => {
    const { lines, parked, queue, kept } = given();
    kept.takeBehind('ann', 0);
    kept.add({ transaction: of(3), seq: 3 });
    lines.reopen('ann', at(1), 3);
    expect(parked.all).toMatchObject([{ outcome: { refusal: { reason: 'COUNTER_GAP' } } }]);
    expect([queue.length, lines.waitingCount]).toEqual([0, 0]);
  });
});

describe('what is ordered again', () => {
  test('leaves the queue at a checkpoint, when it is known to be its own, and is kept', () => {
    const { lines, waiting, keptNow, queue } = given();
    lines.reopen('ann', nothingSettled, 1);
    // It may be another device’s.
    expect(lines.settle('ann', elsewhere(5), stateAt)).toBeUndefined();
    expect(queue.length).toBe(3);
    lines.answer(answer(1, 'committed'), true);
    lines.cover('ann', 5, 9);
    expect([waiting(), keptNow()]).toEqual([[2, 3], [1]]);
    expect(lines.settle('ann', at(2), stateAt)?.counter).toBe(2);
    lines.settle('ann', at(3), stateAt);
    expect([queue.length, keptNow(), lines.lost.size]).toEqual([0, [1, 2, 3], 0]);
  });

  test('[I2] is parked or not as the copy that covers it says, whatever was said of it before', () => {
    const { lines, parked } = given(2);
    parked.add([{ transaction: of(2), outcome: answer(2, 'refused') }]);
    const home = new ModelHome();
    for (const counter of [1, 2, 3]) home.commit(of(counter), { mayWrite: () => counter !== 3 });
    expect(lines.settle('ann', at(3), home.state)?.counter).toBe(3);
    expect(parked.all.map(({ transaction }) => transaction.counter)).toEqual([3]);
  });

  test('[I2] is parked where it was refused, or where the home will never know', () => {
    const { lines, parked, waiting } = given();
    lines.reopen('ann', nothingSettled, 1);
    lines.answer(answer(1, 'refused'), false);
    lines.answer(answer(2, 'unordered', 'COUNTER_FORGOTTEN'), true);
    expect(parked.all.map(({ outcome: { status } }) => status)).toEqual(['refused', 'unordered']);
    expect(waiting()).toEqual([3]);
  });

  test.each(['REPLICA_FORKED', 'COUNTER_GAP'])(
    '[I2] is parked, with all behind it, by %s',
    (why) => {
      const { lines, parked, queue } = given();
      lines.reopen('ann', nothingSettled, 1);
      lines.answer(answer(1, 'committed'), true);
      lines.answer(answer(2, 'unordered', why), true);
      expect(parked.all.map(({ transaction: { counter } }) => counter)).toEqual([2, 3]);
      expect([queue.length, lines.waitingCount]).toEqual([1, 0]);
    },
  );

  test('waits on where an answer is not the last word, or is of none that is next', () => {
    const { lines, parked, waiting } = given();
    lines.reopen('ann', nothingSettled, 1);
    lines.answer(answer(1, 'held'), true);
    lines.answer(answer(1, 'unordered', 'LOG_DISK_FULL'), true);
    lines.answer(answer(1, 'unordered', 'COUNTER_FORGOTTEN'), false);
    lines.answer(answer(1, 'unordered', 'REPLICA_FORKED'), false);
    lines.answer(answer(2, 'unordered', 'COUNTER_GAP'), true);
    expect([waiting(), parked.all]).toEqual([[1, 2, 3], []]);
  });
});

test('of so many ids at the most something is known', () => {
  const { lines } = given();
  for (const id of ['b', 'c']) lines.give(id, 1, 2);
  expect(lines.ids).toEqual(['b', 'c']);
});
