import { expect, test } from 'vitest';
import { Refused } from '../../src/merge/refused.ts';

test('says why, and which change it was', () => {
  const refused = new Refused('ROW_NOT_FOUND', 'there is no row');
  expect(refused.refusal(2)).toEqual({
    reason: 'ROW_NOT_FOUND',
    message: 'there is no row',
    changeIndex: 2,
    currentEtag: '',
  });
  expect(new Refused('ETAG_MISMATCH', 'no', 'v7').refusal(0).currentEtag).toBe('v7');
});
