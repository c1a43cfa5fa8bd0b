import { expect, it } from 'vitest';
import { epochMax } from '../../src/base/seq.ts';
import { checkEpoch } from '../../src/cli/epoch-choice.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

it('an epoch is above all that are known, and at most the last one', () => {
  for (const epoch of [4, 5, epochMax]) checkEpoch(epoch, 3);
  for (const epoch of [0, 3, epochMax + 1, 100_000]) {
    expect(syncErrorOf(() => checkEpoch(epoch, 3)).reason).toBe('BAD_EPOCH');
  }
  expect(syncErrorOf(() => checkEpoch(epochMax, epochMax)).reason).toBe('EPOCHS_EXHAUSTED');
});
