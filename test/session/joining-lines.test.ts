import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JoiningLines } from '../../src/session/joining-lines.ts';

/** A relay that holds counters from `first` on, of a writer whose counters up to `settled` are settled. */
class Relay {
  first: number;
  last: number;

  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
  }

  /** What becomes of counters of one push, in their order. */
  push(counters: readonly number[]): boolean[] {
    for (const counter of [...counters].sort((left, right) => right - left)) {
      if (counter === this.first - 1) this.first = counter;
    }
    for (const counter of counters) if (counter === this.last + 1) this.last = counter;
    return counters.map((counter) => counter >= this.first && counter <= this.last);
  }
}

/** Sends what may be sent, until nothing more is. Returns the pushes. */
function join(relay: Relay, count: number, sizeMax: number, batchMax = sizeMax): number[][] {
  const joining = new JoiningLines(sizeMax, () => ({ first: 1, last: count }));
  const pushes: number[][] = [];
  let sent = 0;
  for (;;) {
    const waiting = Array.from({ length: count - sent }, (_, index) => sent + 1 + index);
    const batch = waiting.filter((counter) => joining.allows('w', counter)).slice(0, batchMax);
    if (batch.length === 0) return pushes;
    pushes.push(batch);
    expect(pushes.length).toBeLessThan(100);
    sent = batch.at(-1)!;
    for (const [index, isHeld] of relay.push(batch).entries()) {
      const behind = joining.answered('w', batch[index]!, isHeld);
      if (behind !== undefined) sent = behind;
      else if (!isHeld && !joining.has('w')) sent = joining.begin('w', relay.first - 1)!;
    }
  }
}

describe('[P6] what comes before all that is held', () => {
  test('goes backwards, as many at a time as a push may have, and then the rest goes on', () => {
    const relay = new Relay(6, 8);
    expect(join(relay, 9, 4)).toEqual([[1, 2, 3, 4], [2, 3, 4, 5], [1], [6, 7, 8, 9]]);
    expect([relay.first, relay.last]).toEqual([1, 9]);
  });

  test('[I1] is all there in the end, whatever is held, and however little goes at a time', () => {
    const sizes = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.nat(8),
        sizes,
        sizes,
        (first, more, size, cut) => {
          const relay = new Relay(first, first + more);
          join(relay, first + more + 2, size, Math.min(size, cut));
          expect([relay.first, relay.last]).toEqual([1, first + more + 2]);
        },
      ),
    );
  });
});

test('what finds no place at all is tried alone, and then stands still', () => {
  const joining = new JoiningLines(3, () => ({ first: 1, last: 8 }));
  expect(joining.begin('w', 8)).toBe(5);
  const answers = [6, 7, 8].map((counter) => joining.answered('w', counter, false));
  expect(answers).toEqual([undefined, undefined, 7]);
  expect([7, 8, 9].map((counter) => joining.allows('w', counter))).toEqual([false, true, false]);
  expect(joining.answered('w', 8, false)).toBeUndefined();
  expect([joining.has('w'), joining.allows('w', 1)]).toEqual([false, true]);
});

// Found by seed 6485 of 1,000 steps: a relay that was full let go of all that it held, took the one that was tried for the first
// of its writer, and was never sent those before it.
test('[I1][I12] a line that stands still goes on at a retry, and so does all that is before', () => {
  const span = { first: 1, last: 8 };
  const joining = new JoiningLines(1, () => span);
  joining.begin('w', 3);
  expect([joining.answered('w', 3, false), joining.has('w')]).toEqual([undefined, false]);
  expect([...joining.retry()]).toEqual([['w', 2]]);
  expect([2, 3, 4].map((counter) => joining.allows('w', counter))).toEqual([false, true, false]);
  expect([joining.answered('w', 3, true), joining.answered('w', 2, true)]).toEqual([1, 0]);
  expect([joining.answered('w', 1, true), joining.has('w')]).toEqual([3, false]);
  expect([...joining.retry()]).toEqual([]);
  // Nor where it was settled meanwhile, or begins anew elsewhere.
  for (const settled of [false, true]) {
    joining.begin('w', 3);
    joining.answered('w', 3, false);
    if (settled) span.first = 4;
    else joining.begin('w', 7);
    expect([...joining.retry()]).toEqual([]);
  }
});

test('what went alone grows again, so that many need few round trips', () => {
  const joining = new JoiningLines(8, () => ({ first: 1, last: 20 }));
  joining.begin('w', 20);
  joining.answered('w', 20, false);
  expect(joining.answered('w', 20, true)).toBe(17);
  const sizes: number[] = [];
  for (let upto = 19; upto > 0; ) {
    const window = Array.from({ length: upto }, (_, index) => index + 1).filter((counter) =>
      joining.allows('w', counter),
    );
    sizes.push(window.length);
    for (const counter of window) joining.answered('w', counter, true);
    upto -= window.length;
  }
  expect(sizes).toEqual([2, 4, 8, 5]);
});

describe('[I12] no window waits for the answer to what cannot be sent', () => {
  test.each([[9], [2], [2 ** 53 - 1], [0]])('%d is not there: nothing is begun', (upto) => {
    const joining = new JoiningLines(3, () => ({ first: 3, last: 8 }));
    expect(joining.begin('w', upto)).toBeUndefined();
    expect(new JoiningLines(3, () => undefined).begin('w', 3)).toBeUndefined();
    expect(joining.has('w')).toBe(false);
    expect([3, 8].map((end) => joining.begin('w', end))).toEqual([2, 5]);
  });

  test('what was settled meanwhile is not missing any more', () => {
    const span = { first: 1, last: 8 };
    const joining = new JoiningLines(2, () => span);
    expect(joining.begin('w', 5)).toBe(3);
    span.first = 4;
    expect([4, 5].map((counter) => joining.answered('w', counter, true))).toEqual([undefined, 5]);
    expect(joining.has('w')).toBe(false);
  });

  test('a window whose last one is not there any more is given up when all is tried again', () => {
    const span = { first: 1, last: 8 };
    const joining = new JoiningLines(2, () => span);
    for (const writer of ['v', 'w']) joining.begin(writer, writer === 'v' ? 4 : 5);
    span.first = 5;
    joining.retry();
    expect([joining.has('v'), joining.has('w')]).toEqual([false, true]);
    span.first = 6;
    joining.retry();
    expect(joining.allows('w', 8)).toBe(true);
  });
});

test('each writer has a line of its own, and a new stream has none', () => {
  const joining = new JoiningLines(3, () => ({ first: 1, last: 5 }));
  for (const writer of ['v', 'w']) joining.begin(writer, 5);
  joining.forget('v');
  expect([joining.has('v'), joining.has('w')]).toEqual([false, true]);
  // An answer to what was sent before tells nothing.
  expect(joining.answered('w', 1, true)).toBeUndefined();
  expect(joining.answered('v', 5, true)).toBeUndefined();
  joining.clear();
  expect(joining.has('w')).toBe(false);
});
