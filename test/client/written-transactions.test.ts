import { expect, test } from 'vitest';

import { stampOf } from '../../src/base/stamp.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { WrittenTransactions } from '../../src/client/written-transactions.ts';
import { transactionOf } from '../session/support/messages.ts';

const at = (counter: number) => ({
  ...transactionOf('a', counter),
  stamp: stampOf(1_000 + counter, 0),
});
const committed = (counter: number): Outcome => {
  return { replica: 'a', counter, status: 'committed', refusal: undefined, conflicts: 0 };
};
const counters = (written: WrittenTransactions) => written.all.map(({ counter }) => counter);

test('counts what waits, of an earlier run too, until it is settled', () => {
  const written = new WrittenTransactions([at(4)]);
  const { bytes } = written.all[0]!;
  for (const counter of [5, 6]) written.add(at(counter));
  written.sent('a', [at(4), at(5), at(9), { ...at(6), replica: 'b' }]);
  written.sent('a', [at(4)]);
  expect(written.statistics).toEqual({ count: 3, bytes: 3 * bytes, oldestAtMs: 1_004, tries: 2 });
  const held = (replica: string, counter: number): Outcome => {
    return { ...committed(counter), replica, status: 'held' };
  };
  written.told('a', [held('a', 5), held('a', 9), held('b', 6), committed(4)]);
  written.told('a', [held('a', 5)]);
  expect(written.all.map(({ state, tries }) => [state, tries])).toEqual([
    ['pending', 2],
    ['held', 1],
    ['pending', 0],
  ]);
  written.settle([committed(4), committed(5), committed(9)]);
  expect(written.statistics).toEqual({ count: 1, bytes, oldestAtMs: 1_006, tries: 0 });
  written.settle([committed(6)]);
  expect(written.statistics).toEqual({ count: 0, bytes: 0, oldestAtMs: undefined, tries: 0 });
});

test('each is told of its own transaction, also once that has another number', async () => {
  const written = new WrittenTransactions([]);
  const all = [1, 2, 3].map((counter) => written.add(at(counter)).outcome);
  written.settle([committed(1), committed(7)]);
  written.renumber(1);
  expect(counters(written)).toEqual([1, 2]);
  written.settle([committed(2), committed(1)]);
  expect((await Promise.all(all)).map(({ counter }) => counter)).toEqual([1, 1, 2]);
});

test('what a server has lost waits again, and those who wait for the others still do', () => {
  const written = new WrittenTransactions([]);
  const [, second] = [1, 2].map((counter) => written.add(at(counter)));
  written.settle([committed(1)]);
  written.follow([at(1), at(2)]);
  expect(counters(written)).toEqual([1, 2]);
  expect(written.all[1]).toBe(second);
  const { bytes, count } = written.statistics;
  expect([bytes, count]).toEqual([2 * second!.bytes, 2]);
});

test('tells of all that a turn has changed, once', async () => {
  const told: number[] = [];
  const written = new WrittenTransactions([at(1)], ({ count }) => told.push(count));
  for (const counter of [2, 3]) written.add(at(counter));
  await Promise.resolve();
  written.settle([committed(1)]);
  written.settle([committed(2)]);
  await Promise.resolve();
  expect(told).toEqual([3, 1]);
});
