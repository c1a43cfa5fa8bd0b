import { expect, test } from 'vitest';
import { atOnce, finish, oneStep, StepCount, type Steps } from '../../src/base/steps.ts';

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

test('work at once is one step', () => {
  expect(atOnce(() => 7).next()).toEqual({ done: true, value: 7 });
});

test('a step has so many items, or so many bytes', () => {
  const count = new StepCount({ stepChangesMax: 3, stepBytesMax: 10 });
  const ended = [1, 1, 1, 9, 1, 10, 0, 0, 0, 0].map((bytes) => {
    const ends = count.ends();
    count.add(bytes);
    return ends;
  });
  expect(ended).toEqual([
    ...[false, false, false],
    ...[true, false],
    ...[true],
    ...[true, false, false],
    ...[true],
  ]);
  const endless = new StepCount(oneStep);
  endless.add(2 ** 40);
  expect(endless.ends()).toBe(false);
});
