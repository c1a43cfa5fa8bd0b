import { expect, test } from 'vitest';
import { etagOf } from '../../src/merge/etag.ts';

test('an etag is another for each version', () => {
  const etags = [1, 2, 36, 37, 2 ** 40, Number.MAX_SAFE_INTEGER].map(etagOf);
  expect(new Set(etags).size).toBe(etags.length);
  expect(etagOf(37)).toBe('v11');
});
