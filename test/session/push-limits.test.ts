import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { pushLimitsOf, withinTold } from '../../src/session/push-limits.ts';

const own = pushLimitsOf({ ...defaultLimits, partsBytesMax: 1 << 20 });

test('a transaction in parts has room among all that are in parts', () => {
  expect(own).toEqual({
    pushTransactionsMax: 1_000,
    pushBytesMax: 4 << 20,
    partBytesMax: 1 << 20,
    partTransactionBytesMax: 1 << 20,
  });
  const { transactionBytesMax } = defaultLimits;
  expect(pushLimitsOf(defaultLimits).partTransactionBytesMax).toBe(transactionBytesMax);
});

test('the lesser of two counts, and what was not told does not', () => {
  const told = {
    ...{ pushTransactionsMax: 5, pushBytesMax: 100_000 },
    ...{ partBytesMax: 0, partTransactionBytesMax: 2 ** 40 },
  };
  expect(withinTold(own, told)).toEqual({
    ...own,
    ...{ pushTransactionsMax: 5, pushBytesMax: 100_000 },
  });
});
