import { describe, expect, test } from 'vitest';
import { bitLength, bytesFor, planesBits, symbolsBits } from '../../src/codec/entropy.ts';

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
    const some = symbolsBits(
      sample((at) => (at * 167 + (at >> 3)) % 32),
      10_000,
    );
    expect(some).toBeGreaterThan(4.9 * 10_000);
    expect(some).toBeLessThan(5.2 * 10_000);
  });

  test('of few symbols are more, since chance repeats them, and that is dearer than codes', () => {
    const two = symbolsBits(
      sample((at) => (((at * at * 167) % 1_009) % 5 === 0 ? 1 : 0)),
      10_000,
    );
    expect(two).toBeGreaterThan(1.1 * 10_000);
    expect(two).toBeLessThan(1.6 * 10_000);
  });

  test('of a short stream are more for each symbol, but there is no frame', () => {
    expect(
      symbolsBits(
        sample((at) => at % 2),
        200,
      ),
    ).toBeCloseTo(3 * 200);
    expect(
      symbolsBits(
        sample(() => 7),
        200,
      ),
    ).toBeLessThan(100);
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
  [0.9, 0],
  [-1, 1],
  [255, 8],
  [-256, 9],
  [2 ** 32 - 1, 32],
  [2 ** 32, 33],
  [-Number.MAX_SAFE_INTEGER, 33],
])('%d has %i bits', (value, bits) => {
  expect(bitLength(value)).toBe(bits);
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
