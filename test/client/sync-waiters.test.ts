import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { SyncWaiters } from '../../src/client/sync-waiters.ts';

test('who waits for a probe is told when that or a later one is answered, or by the error', async () => {
  const waiters = new SyncWaiters();
  const told: string[] = [];
  const add = (probe: number) =>
    waiters.add(probe).then(
      () => told.push(`${probe}`),
      ({ reason }) => told.push(`${probe} ${reason}`),
    );
  const all = [1, 3, 2].map(add);
  waiters.answered(0);
  waiters.answered(2);
  waiters.answered(2);
  await Promise.all([all[0], all[2]]);
  expect(told).toEqual(['1', '2']);
  waiters.fail(new SyncError(Code.unavailable, 'GONE', 'gone'));
  await Promise.all(all);
  expect(told).toEqual(['1', '2', '3 GONE']);
});
