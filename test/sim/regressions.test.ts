/** What failed once does not fail again. */
import { expect, test } from 'vitest';
import { regressions, replay } from './regressions.ts';
import { invariantOf } from './shrink.ts';

test.each(regressions())('%s holds', async (_, regression) => {
  const { violation } = await replay(regression);
  expect(violation).toBeUndefined();
});

test.each(regressions())('%s names what it broke', (_, { invariant, message }) => {
  expect(invariantOf(message)).toBe(invariant);
});
