import { expect, test } from 'vitest';
import type { MeteredCall } from '../../src/server/call-meter.ts';
import { RefusedCalls } from '../../src/server/refused-calls.ts';

const call = (code: string, reason = 'NO_ROOM'): MeteredCall => ({
  ...{ method: 'a.B/C', code, bytesIn: 0, bytesOut: 0, durationMs: 3, reason: () => reason },
});

function watched() {
  const lines: object[] = [];
  const clock = { atMs: 1_000, nowMs: () => clock.atMs };
  const warn = (facts: object, sentence: string) => lines.push({ ...facts, sentence });
  const never = () => {
    throw new Error('not that loud');
  };
  return {
    lines,
    clock,
    refused: new RefusedCalls({ debug: never, info: never, warn, error: never }, clock),
  };
}

test('a call that was refused is said with its method, code and reason, and others are not', () => {
  const { lines, refused } = watched();
  for (const code of ['OK', 'CANCELLED', 'RESOURCE_EXHAUSTED']) refused.note(call(code));
  expect(lines).toEqual([
    {
      ...{ method: 'a.B/C', code: 'RESOURCE_EXHAUSTED', reason: 'NO_ROOM', durationMs: 3 },
      sentence: 'call refused',
    },
  ]);
});

test('of many in a minute 20 are said, and in the next how many more there were', () => {
  const { lines, clock, refused } = watched();
  for (let count = 0; count < 25; count++) refused.note(call('INTERNAL'));
  expect(lines).toHaveLength(20);
  clock.atMs += 59_999;
  refused.note(call('INTERNAL'));
  expect(lines).toHaveLength(20);
  clock.atMs += 1;
  refused.note(call('INTERNAL'));
  expect(lines.slice(20)).toMatchObject([
    { count: 6, sentence: 'more calls were refused' },
    { sentence: 'call refused' },
  ]);
  refused.sayUnsaid();
  expect(lines).toHaveLength(22);
});
