import { expect, test } from 'vitest';
import { LevelPlans } from '../../src/change/delta-plans.ts';

test('there is one plan for each part at each level, and it stays', () => {
  const plans = new LevelPlans();
  const fast = plans.of('fast').of('rows of t.A');
  expect(fast.level).toBe('fast');
  expect(plans.of('fast').of('rows of t.A')).toBe(fast);
  expect(plans.of('fast').of('rows of t.B')).not.toBe(fast);
  expect(plans.of('small').of('rows of t.A').level).toBe('small');
});
