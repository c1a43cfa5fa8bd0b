import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { Refused } from '../../src/merge/refused.ts';

test('says why, and which change it was', () => {
  const refused = new Refused('ROW_NOT_FOUND', 'there is no row');
  expect(refused.refusal(2, defaultLimits)).toEqual({
    reason: 'ROW_NOT_FOUND',
    message: 'there is no row',
    changeIndex: 2,
    currentEtag: '',
    violations: [],
  });
  const violations = [{ field: 'notes', description: 'is too long' }];
  const detailed = new Refused('ROW_INVALID', 'no', { currentEtag: 'v7', violations });
  expect(detailed.refusal(0, defaultLimits)).toMatchObject({ currentEtag: 'v7', violations });
  expect(detailed.withoutDetails('untold').refusal(0, defaultLimits)).toEqual({
    reason: 'ROW_INVALID',
    message: 'untold',
    changeIndex: 0,
    currentEtag: '',
    violations: [],
  });
});

test('quotes no more of what was written than the limits let it', () => {
  const long = new Refused('ROW_NOT_FOUND', 'x'.repeat(12));
  const limits = { ...defaultLimits, refusalTextLengthMax: 11 };
  expect(long.refusal(0, limits).message).toBe(`${'x'.repeat(10)}…`);
});
