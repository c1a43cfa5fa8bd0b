import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setTimer } from '../../src/client/timer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('calls back once after its time, which may be without end, unless it was stopped', () => {
  const told: string[] = [];
  setTimer(() => told.push('soon'), 10);
  setTimer(() => told.push('never'), 5)();
  setTimer(() => told.push('at last'), Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(9);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(2 ** 31 - 12);
  expect(told).toEqual(['soon']);
  vi.advanceTimersByTime(2);
  expect(told).toEqual(['soon', 'at last']);
});
