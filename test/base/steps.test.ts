import { expect, test } from 'vitest';
import { finish, type Steps } from '../../src/base/steps.ts';

test('all steps are done, and their result comes back', () => {
  const done: number[] = [];
  function* steps(count: number): Steps<string> {
    for (let step = 1; step <= count; step++) {
      done.push(step);
      yield;
    }
    return `${count} steps`;
  }
  expect(finish(steps(3))).toBe('3 steps');
  expect(done).toEqual([1, 2, 3]);
  expect(finish(steps(0))).toBe('0 steps');
});
