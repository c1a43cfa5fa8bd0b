import { expect, test } from 'vitest';
import { Plan } from '../../src/codec/plan.ts';

test('a plan knows its parts until it takes another codec', () => {
  const plan = new Plan('small');
  const part = plan.part(2);
  expect(part.level).toBe('small');
  expect(plan.part(2)).toBe(part);
  plan.choose(3, [1]);
  expect(plan.part(2)).not.toBe(part);
  expect(plan).toMatchObject({ codec: 3, parameters: [1] });
});

test('a choice is of use for some batches, and is then made anew', () => {
  const plan = new Plan('fast');
  expect(plan.use()).toBe(false);
  plan.choose(0, []);
  for (let batch = 0; batch < 32; batch++) expect(plan.use()).toBe(true);
  expect(plan.use()).toBe(false);
  plan.choose(0, []);
  expect(plan.use()).toBe(true);
});
