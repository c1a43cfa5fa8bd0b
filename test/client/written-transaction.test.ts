import { expect, test } from 'vitest';
import { stampOf } from '../../src/base/stamp.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { WrittenTransaction } from '../../src/client/written-transaction.ts';
import { transactionOf } from '../session/support/messages.ts';

const outcome: Outcome = {
  ...{ replica: 'a', counter: 3, status: 'committed', refusal: undefined, conflicts: 0 },
};
const make = () =>
  new WrittenTransaction({ ...transactionOf('a', 3), stamp: stampOf(1_700_000_000_000, 0) });

test('says when it was written, and what it is', () => {
  expect(make()).toMatchObject({
    ...{ counter: 3, state: 'pending', writtenAtMs: 1_700_000_000_000 },
    ...{ changes: 1, tries: 0, bytes: expect.any(Number) },
  });
});

test('those who wait are told, before it happens or behind, and what it was given follows', async () => {
  const written = make();
  const { held, outcome: told, ...rest } = written.with(Promise.resolve());
  const given = written.with(rest.stored);
  written.hold();
  await held;
  expect([given.state, given.counter]).toEqual(['held', 3]);
  await given.held;
  written.counter = 1;
  written.settle(outcome);
  expect(await told).toBe(outcome);
  expect(await given.outcome).toBe(outcome);
  expect([given.state, given.counter]).toEqual(['committed', 1]);
});

test('what is settled is held by the server', async () => {
  const written = make();
  const { held } = written.with(Promise.resolve());
  written.settle(outcome);
  await held;
  expect(written.state).toBe('committed');
});
