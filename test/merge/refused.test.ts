import { expect, test } from 'vitest';
import { Refused } from '../../src/merge/refused.ts';

test('says why, and which change it was', () => {
  const refused = new Refused('ROW_NOT_FOUND', 'there is no row');
  expect(refused.refusal(2)).toEqual({
    reason: 'ROW_NOT_FOUND',
    message: 'there is no row',
    changeIndex: 2,
    currentEtag: '',
    violations: [],
  });
  const violations = [{ field: 'notes', description: 'is too long' }];
  const detailed = new Refused('ROW_INVALID', 'no', { currentEtag: 'v7', violations });
  expect(detailed.refusal(0)).toMatchObject({ currentEtag: 'v7', violations });
  expect(detailed.withoutDetails('untold').refusal(0)).toEqual({
    reason: 'ROW_INVALID',
    message: 'untold',
    changeIndex: 0,
    currentEtag: '',
    violations: [],
  });
});
