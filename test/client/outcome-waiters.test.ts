import { expect, test } from 'vitest';
import type { Outcome } from '../../src/change/commit.ts';
import { OutcomeWaiters } from '../../src/client/outcome-waiters.ts';

const committed = (counter: number): Outcome => {
  return { replica: 'a', counter, status: 'committed', refusal: undefined, conflicts: 0 };
};

test('each is told of its own transaction, also once that has another number', async () => {
  const waiters = new OutcomeWaiters();
  const all = [1, 2, 3].map((counter) => waiters.add(counter));
  waiters.settle([committed(1), committed(7)]);
  waiters.renumber(1);
  waiters.settle([committed(2), committed(1)]);
  expect((await Promise.all(all)).map(({ counter }) => counter)).toEqual([1, 1, 2]);
});
