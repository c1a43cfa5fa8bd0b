import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { heldOutcome, unorderedOutcome } from '../../src/change/commit.ts';

test('what could not be ordered is an outcome with the reason of the error', () => {
  const error = new SyncError(Code.failedPrecondition, 'COUNTER_GAP', 'the next one is 3');
  expect(unorderedOutcome({ replica: 'ann', counter: 5 }, error)).toEqual({
    replica: 'ann',
    counter: 5,
    status: 'unordered',
    refusal: {
      reason: 'COUNTER_GAP',
      message: 'the next one is 3',
      changeIndex: 0,
      currentEtag: '',
      violations: [],
    },
    conflicts: 0,
  });
});

test('what is held is an outcome without a refusal', () => {
  expect(heldOutcome({ replica: 'ann', counter: 5 })).toEqual({
    ...{ replica: 'ann', counter: 5, status: 'held' },
    ...{ refusal: undefined, conflicts: 0 },
  });
});
