import { expect, test } from 'vitest';
import type { Outcome } from '../../src/change/commit.ts';
import { parkedOf } from '../../src/replica/parked-transaction.ts';
import { itemTable, put, transaction } from '../support/model-schema.ts';

test('of a line the refused ones are parked, each with what was said of it', () => {
  const line = [1, 2, 3].map((counter) => ({
    transaction: transaction('ann', counter, [put(itemTable, 'i', {})]),
  }));
  const outcome = (counter: number, status: Outcome['status']): Outcome => {
    return { replica: 'ann', counter, status, refusal: undefined, conflicts: 0 };
  };
  const outcomes = [outcome(1, 'committed'), outcome(2, 'refused'), outcome(3, 'committed')];
  expect(parkedOf(line, outcomes)).toEqual([
    { transaction: line[1]!.transaction, outcome: outcomes[1] },
  ]);
});
