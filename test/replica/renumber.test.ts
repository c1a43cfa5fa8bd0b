import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { renumbered } from '../../src/replica/renumber.ts';
import { itemTable, modelSchema, patch, put, transaction } from '../support/model-schema.ts';

test('a transaction of another identity comes earlier, and chains to nothing', () => {
  const edits = [
    put(itemTable, 'i', {}),
    patch(itemTable, 'j', { notes: 'n' }, { baseCounter: 6 }),
    patch(itemTable, 'k', { notes: 'n' }, { baseCounter: 3 }),
  ];
  const queued = transaction('ann', 7, edits, { stamp: 5, previousDigest: new Uint8Array(16) });
  const moved = renumbered(prepareTransaction(modelSchema, defaultLimits, queued, 't'), 'ann-2', 5);
  expect(moved.transaction).toMatchObject({
    replica: 'ann-2',
    counter: 2,
    stamp: 5,
    previousDigest: new Uint8Array(0),
  });
  // What it built on is renumbered too, or it is the other identity's now.
  expect(moved.transaction.changes.map(({ baseCounter }) => baseCounter)).toEqual([0, 1, 0]);
  expect(moved.changes.map(({ baseCounter }) => baseCounter)).toEqual([0, 1, 0]);
  expect(prepareTransaction(modelSchema, defaultLimits, moved.transaction, 't')).toEqual(moved);
});
