import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterStep, stepOf } from '../../src/codec/packed-format.ts';

const max = Number.MAX_SAFE_INTEGER;
const edges = fc.constantFrom(0, 1, 2 ** 52 - 1, 2 ** 52, 2 ** 52 + 1, max - 1, max);
const safe = fc.oneof(fc.maxSafeNat(), edges);

describe('a step', () => {
  test('leads from any safe number to any other, and is a safe number itself', () => {
    fc.assert(
      fc.property(safe, safe, (from, to) => {
        const step = stepOf(from, to);
        expect(Number.isSafeInteger(step) && step >= 0).toBe(true);
        expect(afterStep(from, step)).toBe(to);
      }),
      { numRuns: 500 },
    );
  });

  test('is what another language computes with integers of 64 bits', () => {
    fc.assert(
      fc.property(safe, safe, (from, step) => {
        const zigzag = BigInt(step);
        const difference = (zigzag >> 1n) ^ -(zigzag & 1n);
        const expected = (BigInt(from) + difference) & ((1n << 53n) - 1n);
        expect(BigInt(afterStep(from, step))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [5, 5, 0],
    [5, 6, 2],
    [6, 5, 1],
    [0, 300, 600],
    [0, max, 1],
    [max, 0, 2],
    [0, 2 ** 52, max],
  ])('from %d to %d is %d', (from, to, step) => {
    expect(stepOf(from, to)).toBe(step);
    expect(afterStep(from, step)).toBe(to);
  });
});
