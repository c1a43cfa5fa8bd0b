import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/change/commit.ts';
import { bytesAbout, type Transaction } from '../../src/change/transaction.ts';
import { PushPace } from '../../src/session/push-pace.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { transactionOf } from './support/messages.ts';

const first = 8 << 10;
let nowMs = 0;

function paceOf(bytesMax = 4 << 20): PushPace {
  nowMs = 1_000;
  const pace = new PushPace(bytesMax, () => nowMs);
  pace.begin();
  return pace;
}

/** One with so many bytes. */
function sized(counter: number, bytes: number): Transaction {
  let length = bytes;
  for (;;) {
    const transaction = transactionOf('p', counter, edit('x'.repeat(length)));
    const over = bytesAbout(transaction.changes) - bytes;
    if (over === 0) return transaction;
    length -= over;
  }
}

const large = { replica: 'p', counter: 7 };
const edit = (text: string) => putEdit(newsTable, 'k', { text });
const outcomeOf = ({ replica, counter }: Transaction): Outcome =>
  ({ replica, counter, status: 'committed' }) as Outcome;

describe('the pace of pushes', () => {
  it('[P5] has room for two messages of half a window, and for more when the first is answered', () => {
    const pace = paceOf();
    const one = sized(1, first / 2);
    const two = sized(2, first / 2);
    expect(bytesAbout(one.changes)).toBe(first / 2);
    expect([pace.roomBytes, pace.roomBytesOfOne]).toEqual([first / 2, Number.MAX_SAFE_INTEGER]);
    pace.sendsPush([one], true);
    expect([pace.roomBytes, pace.roomBytesOfOne]).toEqual([first / 2, first / 2]);
    pace.sendsPush([two], true);
    expect([pace.roomBytes, pace.roomBytesOfOne]).toEqual([0, 0]);
    nowMs += 1_000;
    pace.pushAnswered([outcomeOf(one)]);
    expect(pace.roomBytes).toBe((first + first / 2) / 2);
  });

  it('has room for one of any size where nothing is on its way', () => {
    const pace = paceOf();
    pace.sendsPush([sized(1, 3 * first)], true);
    expect([pace.roomBytes, pace.roomBytesOfOne]).toEqual([0, first - 3 * first]);
    pace.pushAnswered([outcomeOf(sized(1, 300))]);
    expect(pace.roomBytesOfOne).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('[P5] halves with each stream that ends with something unanswered, and with no other', () => {
    const pace = paceOf();
    pace.begin();
    expect(pace.roomBytes).toBe(first / 2);
    for (const share of [first / 4, first / 8, 1 << 9, 1 << 8, 1 << 8]) {
      pace.sendsPush([sized(1, 400)], true);
      pace.begin();
      expect(pace.roomBytes).toBe(share);
    }
  });

  it('knows a slow link by the time that the greeting takes', () => {
    const pace = paceOf();
    pace.greets();
    nowMs += 9_000;
    pace.welcomed();
    expect(pace.roomBytes).toBe(1 << 10);
    expect(pace.wholeBytesMax).toBe(4 << 10);
  });

  it('counts parts by themselves, each until its answer', () => {
    const pace = paceOf();
    pace.sendsPart(large, 3_000, true);
    pace.sendsPush([sized(1, 3_000)], false);
    pace.sendsPart(large, 2_192, true);
    expect(pace.roomBytes).toBe(0);
    nowMs += 800;
    pace.partAnswered(false);
    expect(pace.roomBytesOfOne).toBe(first + 3_000 - 3_000 - 2_192);
    pace.partAnswered(false);
    pace.partAnswered(false);
    expect(pace.roomBytesOfOne).toBe(first + 3_000 + 2_192 - 3_000);
  });

  it('takes the answer to a push for those before it, and one to what came in parts for no push', () => {
    const pace = paceOf();
    const pushes = [sized(1, 300), sized(2, 400), sized(3, 500)];
    for (const push of pushes) pace.sendsPush([push], false);
    pace.pushAnswered([outcomeOf(sized(9, 300))]);
    pace.pushAnswered([]);
    expect(pace.roomBytesOfOne).toBe(first - 1_200);
    pace.pushAnswered([outcomeOf(pushes[1]!)]);
    expect(pace.roomBytesOfOne).toBe(first - 500);
    pace.pushAnswered([outcomeOf(pushes[0]!)]);
    expect(pace.roomBytesOfOne).toBe(first - 500);
  });

  it('knows what is unanswered first: a push, a part, or what came in parts and has no outcome', () => {
    const pace = paceOf();
    expect(pace.unanswered).toBeUndefined();
    pace.sendsPart(large, 100, false);
    expect(pace.unanswered).toEqual(large);
    pace.sendsPush([sized(9, 300)], false);
    expect(pace.unanswered).toEqual({ replica: 'p', counter: 9 });
    pace.pushAnswered([outcomeOf(sized(9, 300))]);
    pace.partAnswered(true);
    expect(pace.unanswered).toEqual(large);
    pace.pushAnswered([outcomeOf(sized(7, 300))]);
    expect(pace.unanswered).toBeUndefined();
  });

  it('takes a slow server for no slow link: what it had at the same time counts once', () => {
    const pace = paceOf();
    const pushes = Array.from({ length: 6 }, (_, index) => sized(index + 1, 1_000));
    for (const push of pushes) pace.sendsPush([push], true);
    nowMs += 20 + 5_000;
    // They were ordered together, in five seconds.
    for (const push of pushes.slice(0, 3)) pace.pushAnswered([outcomeOf(push)], 5_000);
    expect(pace.roomBytesOfOne).toBe(first + 3 * 3_000 - 3_000);
    nowMs += 4_000;
    // The link was slow this time, and the server was not.
    pace.pushAnswered([outcomeOf(pushes[3]!)], 10);
    expect(pace.roomBytesOfOne).toBeLessThan(first);
  });

  it('lets a push be as large as one may be over a link that is good', () => {
    const pace = paceOf();
    for (let counter = 1; counter < 20; counter++) {
      const push = sized(counter, Math.floor(pace.roomBytes));
      pace.sendsPush([push], true);
      nowMs += 20;
      pace.pushAnswered([outcomeOf(push)]);
    }
    expect(pace.roomBytes).toBe(4 << 20);
  });

  it('holds nothing back without a clock', () => {
    const pace = new PushPace(1_000);
    pace.greets();
    pace.welcomed();
    pace.sendsPush([sized(1, 100_000)], true);
    pace.sendsPart(large, 100_000, true);
    const most = Number.MAX_SAFE_INTEGER;
    expect([pace.roomBytes, pace.roomBytesOfOne, pace.wholeBytesMax]).toEqual([most, most, most]);
    pace.partAnswered(false);
    expect(pace.roomBytes).toBe(most);
  });
});

it('counts what a push came to in the place of what it was taken for, as long as it has no answer', () => {
  const pace = new PushPace(1 << 20, () => 0);
  pace.sendsPush([transactionOf('p', 1), transactionOf('p', 2)], false, 1 / 4);
  const taken = pace.roomBytesOfOne;
  pace.tookPush(40);
  expect(pace.roomBytesOfOne).toBeGreaterThan(taken);
  pace.tookPush(4_000);
  expect(pace.roomBytesOfOne).toBe((8 << 10) - 4_000);
  pace.begin();
  // It went on a stream that has ended.
  pace.tookPush(40);
  expect(pace.roomBytes).toBeGreaterThan(0);
});
