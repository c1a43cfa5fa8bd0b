import { expect, test } from 'vitest';
import { Rate } from '../../src/cli/rate.ts';

test('tells how fast it goes and how long it takes, on an average', () => {
  let nowMs = 500;
  const rate = new Rate(() => nowMs);
  expect(rate.perSecond(0)).toBe(0);
  nowMs += 2_000;
  expect(rate.seconds).toBe(2);
  expect(rate.perSecond(100)).toBe(50);
  expect(rate.secondsLeft(100, 400)).toBe(6);
});

test('tells nothing of what is left before it can', () => {
  let nowMs = 0;
  const rate = new Rate(() => nowMs);
  nowMs = 999;
  expect(rate.secondsLeft(10, 20)).toBeUndefined();
  nowMs = 1_000;
  expect(rate.secondsLeft(0, 20)).toBeUndefined();
  expect(rate.secondsLeft(30, 20)).toBe(0);
});
