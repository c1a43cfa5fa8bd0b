import { expect, test } from 'vitest';
import { unorderedOutcome } from '../../src/change/commit.ts';
import { PushWaits } from '../../src/session/push-waits.ts';

function given() {
  const time = { ms: 5_000 };
  const answer = (replica: string, reason: string) =>
    unorderedOutcome({ replica, counter: 3 }, { reason, message: '' });
  return { time, waits: new PushWaits(() => time.ms), answer };
}

test('what had no room alone waits for its time, and its writer with it', () => {
  const { time, waits, answer } = given();
  waits.answered([answer('ann', 'HEAP_FULL')]);
  expect([waits.has('ann'), waits.has('bob')]).toEqual([true, false]);
  time.ms += 19_999;
  expect(waits.has('ann')).toBe(true);
  time.ms++;
  expect(waits.has('ann')).toBe(false);
  time.ms = 0;
  expect(waits.has('ann')).toBe(false);
});

test('a clock that is set back makes nobody wait for longer', () => {
  const { time, waits, answer } = given();
  time.ms = 3_600_000;
  waits.answered([answer('ann', 'HEAP_FULL')]);
  time.ms -= 1;
  expect(waits.has('ann')).toBe(false);
});

test('what had none with others, what has another reason, and no answer at all make nobody wait', () => {
  const { waits, answer } = given();
  waits.answered([answer('ann', 'HEAP_FULL'), answer('bob', 'HEAP_FULL')]);
  waits.answered([answer('ann', 'WAITING_FULL')]);
  waits.answered([]);
  expect([waits.has('ann'), waits.has('bob')]).toEqual([false, false]);
});

test('without a clock nobody waits', () => {
  const waits = new PushWaits(undefined);
  waits.answered([given().answer('ann', 'HEAP_FULL')]);
  expect(waits.has('ann')).toBe(false);
});
