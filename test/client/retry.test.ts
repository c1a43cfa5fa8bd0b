import { expect, test } from 'vitest';
import { backoffMs } from '../../src/client/backoff.ts';
import { defaultRetry } from '../../src/client/retry.ts';

test('waits are up to 1, 2, 4 ... 32 seconds, and five attempts are made before anybody is told', () => {
  const waits = Array.from({ length: 8 }, (_, attempt) => backoffMs(attempt, 1, defaultRetry));
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 32, 32].map((seconds) => seconds * 1_000));
  expect(defaultRetry.attemptsMax).toBe(5);
});
