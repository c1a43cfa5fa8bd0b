import { expect, test } from 'vitest';
import type { MeteredCall } from '../../src/server/call-meter.ts';
import { RefusedCalls } from '../../src/server/refused-calls.ts';
import { ManualTimer } from './support/faulty-medium.ts';

const call = (code: string, reason = 'NO_ROOM'): MeteredCall => ({
  ...{ method: 'a.B/C', code, bytesIn: 0, bytesOut: 0, durationMs: 3, reason: () => reason },
});

function watched() {
  const lines: object[] = [];
  const time = new ManualTimer();
  const warn = (facts: object, sentence: string) => lines.push({ ...facts, sentence });
  const never = () => {
    throw new Error('not that loud');
  };
  return {
    lines,
    time,
    refused: new RefusedCalls({ debug: never, info: never, warn, error: never }, time.timer),
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

test('nor is one that belongs to the life of a server', () => {
  const { lines, refused } = watched();
  for (const reason of ['CONNECTION_AGED', 'DATABASE_LOADING', 'SERVER_STOPPING']) {
    refused.note(call('UNAVAILABLE', reason));
  }
  expect(lines).toEqual([]);
  refused.note(call('UNAVAILABLE', 'DATABASE_FAILED'));
  expect(lines).toMatchObject([{ reason: 'DATABASE_FAILED' }]);
});

test('of many in a minute 20 are said, and at its end how many more there were', async () => {
  const { lines, time, refused } = watched();
  for (let count = 0; count < 25; count++) refused.note(call('INTERNAL'));
  expect(lines).toHaveLength(20);
  await time.pass(60_000);
  expect(lines.slice(20)).toMatchObject([{ count: 5, sentence: 'more calls were refused' }]);
  refused.close();
  expect(lines).toHaveLength(21);
});
