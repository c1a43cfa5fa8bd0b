import { expect, test } from 'vitest';
import { PushLines } from '../../src/replica/push-lines.ts';
import { transaction } from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const one = (counter: number, replica = 'ann') => transaction(replica, counter, []);

test('[I3] behind one that could not be ordered nothing of its writer is', () => {
  const lines = new PushLines();
  lines.broke(one(3));
  expect(syncErrorOf(() => lines.check(one(4)))).toMatchObject({
    reason: 'COUNTER_GAP',
    metadata: { replica_id: 'ann', expected_counter: '3' },
  });
});

test('the lowest counter counts, in whatever order they came', () => {
  const lines = new PushLines();
  for (const counter of [5, 3, 4]) lines.broke(one(counter));
  expect(syncErrorOf(() => lines.check(one(9))).metadata).toMatchObject({ expected_counter: '3' });
});

test('what is before it, and what is another’s, goes on', () => {
  const lines = new PushLines();
  lines.broke(one(3));
  for (const free of [one(2), one(3), one(4, 'bob')]) expect(() => lines.check(free)).not.toThrow();
});
