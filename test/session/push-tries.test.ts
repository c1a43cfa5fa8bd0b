import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { PushTries, pushTriesMax } from '../../src/session/push-tries.ts';

const error = (code: Code) => new SyncError(code, 'REASON', 'message');
const one = { replica: 'p', counter: 3 };
const outcomeOf = (counter: number, replica = 'p') => ({ replica, counter }) as Outcome;
const waiting = () => true;

/** So many streams fail, each with this one unanswered. */
function fail(tries: PushTries, count: number, code: Code, of = one): boolean[] {
  return Array.from({ length: count }, () => {
    tries.begin(waiting);
    return tries.failed(error(code), of);
  });
}

describe('what says the same each time', () => {
  test.each([
    ['INVALID_ARGUMENT', Code.invalidArgument],
    ['NOT_FOUND', Code.notFound],
    ['OUT_OF_RANGE', Code.outOfRange],
  ])('is to be refused on the next stream: %s', (_name, code) => {
    const tries = new PushTries();
    expect(tries.asksRefusal).toBe(false);
    expect(fail(tries, 1, code)).toEqual([true]);
    tries.begin(waiting);
    expect([tries.asksRefusal, tries.heldBack]).toEqual([true, undefined]);
    // It was asked for in vain.
    expect(fail(tries, 1, code)).toEqual([false]);
    expect(tries.asksRefusal).toBe(true);
  });

  test('is not asked for any more once that has an answer, or what comes behind it of its writer', () => {
    for (const counter of [3, 4]) {
      const tries = new PushTries();
      fail(tries, 1, Code.invalidArgument);
      tries.answered([outcomeOf(2), outcomeOf(9, 'q')]);
      expect(tries.asksRefusal).toBe(true);
      tries.answered([outcomeOf(counter)]);
      expect(tries.asksRefusal).toBe(false);
    }
  });

  test('nor where that is not waiting any more', () => {
    const tries = new PushTries();
    fail(tries, 1, Code.invalidArgument);
    tries.begin(({ counter }) => counter !== 3);
    expect(tries.asksRefusal).toBe(false);
  });
});

describe('what the server fails at', () => {
  test.each([
    ['INTERNAL', Code.internal],
    ['UNKNOWN', Code.unknown],
    ['DATA_LOSS', Code.dataLoss],
  ])(
    'is held back after some tries, on every other stream, and never refused: %s',
    (_name, code) => {
      const tries = new PushTries();
      expect(fail(tries, pushTriesMax, code)).toEqual(Array(pushTriesMax).fill(true));
      const isHeld = Array.from({ length: 4 }, () => {
        tries.begin(waiting);
        const held = tries.heldBack !== undefined;
        if (!held) tries.failed(error(code), one);
        return held;
      });
      expect(isHeld).toEqual([true, false, true, false]);
      expect(tries.asksRefusal).toBe(false);
      tries.begin(waiting);
      expect(tries.heldBack).toMatchObject({ code });
    },
  );

  test('is held back for a while only', () => {
    const tries = new PushTries();
    fail(tries, pushTriesMax, Code.internal);
    tries.begin(waiting);
    tries.release();
    expect(tries.heldBack).toBeUndefined();
    tries.failed(error(Code.internal), one);
    tries.begin(waiting);
    expect(tries.heldBack).toBeDefined();
  });

  test('is tried anew from the first one once that has an answer', () => {
    const tries = new PushTries();
    fail(tries, pushTriesMax - 1, Code.internal);
    tries.answered([outcomeOf(3)]);
    fail(tries, pushTriesMax - 1, Code.internal);
    tries.begin(waiting);
    expect(tries.heldBack).toBeUndefined();
  });

  test('is counted though others have answers in between, and only for the same one', () => {
    const tries = new PushTries();
    for (let count = 0; count < pushTriesMax; count++) {
      fail(tries, 1, Code.internal);
      tries.answered([outcomeOf(99, 'q')]);
    }
    tries.begin(waiting);
    expect(tries.heldBack).toBeDefined();
    fail(tries, 1, Code.internal, { replica: 'q', counter: 3 });
    tries.begin(waiting);
    expect(tries.heldBack).toBeUndefined();
  });
});

test('what a network, a lack of rights or of room ends is no try', () => {
  const tries = new PushTries();
  const codes = [
    ...[Code.unavailable, Code.cancelled, Code.deadlineExceeded, Code.aborted],
    ...[Code.permissionDenied, Code.unauthenticated, Code.resourceExhausted],
  ];
  for (const code of codes) expect(fail(tries, 9, code)).toEqual(Array(9).fill(false));
  tries.begin(waiting);
  expect([tries.asksRefusal, tries.heldBack]).toEqual([false, undefined]);
});

test('what ended a stream is suspicious until it has an answer; what a network ended is not', () => {
  const tries = new PushTries();
  expect(tries.isSuspicious).toBe(false);
  fail(tries, 1, Code.unavailable);
  expect(tries.isSuspicious).toBe(false);
  for (const code of [Code.invalidArgument, Code.internal, Code.dataLoss]) {
    fail(tries, 1, code);
    expect(tries.isSuspicious).toBe(true);
    tries.answered([outcomeOf(3)]);
    expect(tries.isSuspicious).toBe(false);
  }
});
