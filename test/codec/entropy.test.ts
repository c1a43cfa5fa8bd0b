import { describe, expect, test } from 'vitest';
import { bytesFor, planesBits, symbolsBits } from '../../src/codec/entropy.ts';

const sample = (valueAt: (at: number) => number) =>
  Uint8Array.from({ length: 1024 }, (_, at) => valueAt(at));

describe('bits', () => {
  test('of symbols are about their entropy', () => {
    expect(
      symbolsBits(
        sample((at) => (at * 167) % 256),
        10_000,
      ),
    ).toBeGreaterThan(7.9 * 10_000);
    const four = symbolsBits(
      sample((at) => (at * 167 + (at >> 3)) % 4),
      10_000,
    );
    expect(four).toBeGreaterThan(1.9 * 10_000);
    expect(four).toBeLessThan(2.1 * 10_000);
  });

  test('of one symbol are next to none, and of long runs few', () => {
    expect(
      symbolsBits(
        sample(() => 9),
        10_000,
      ),
    ).toBeLessThan(100);
    expect(
      symbolsBits(
        sample((at) => at >> 8),
        10_000,
      ),
    ).toBeLessThan(2_000);
  });

  test('of planes are those of their bytes', () => {
    const values = Float64Array.from({ length: 1024 }, (_, at) => ((at * 167) % 256) * 2 ** 32 + 7);
    const wide = planesBits(values, 5, 10_000);
    expect(wide).toBeGreaterThan(7.9 * 10_000);
    expect(wide).toBeLessThan(8.3 * 10_000);
  });
});

test.each([
  [0, 0],
  [1, 1],
  [255, 1],
  [256, 2],
  [2 ** 24 - 1, 3],
  [2 ** 24, 4],
  [2 ** 48 - 1, 6],
  [Number.MAX_SAFE_INTEGER, 7],
])('%d takes %i bytes', (value, bytes) => {
  expect(bytesFor(value)).toBe(bytes);
});
