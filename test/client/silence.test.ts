import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Silence } from '../../src/client/silence.ts';

let bytes = 0;
let silences = 0;

beforeEach(() => {
  vi.useFakeTimers();
  bytes = 0;
  silences = 0;
});
afterEach(() => vi.useRealTimers());

function watch(): Silence {
  const silence = new Silence(
    400,
    () => bytes,
    () => silences++,
  );
  silence.begin();
  return silence;
}

it('tells once of a link of which nothing came for so long', () => {
  watch();
  vi.advanceTimersByTime(399);
  expect(silences).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(silences).toBe(1);
});

it('is content with a byte now and then', () => {
  watch();
  for (let time = 0; time < 20; time++) {
    vi.advanceTimersByTime(390);
    bytes++;
  }
  expect(silences).toBe(0);
  vi.advanceTimersByTime(501);
  expect(silences).toBe(1);
});

it('ends, and begins again from nothing', () => {
  const silence = watch();
  vi.advanceTimersByTime(399);
  silence.end();
  vi.advanceTimersByTime(1_000);
  silence.begin();
  vi.advanceTimersByTime(399);
  expect(silences).toBe(0);
  vi.advanceTimersByTime(1);
  expect(silences).toBe(1);
});
