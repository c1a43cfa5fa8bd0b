import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, defaultBackoff } from '../../src/client/backoff.ts';

describe('the wait before the next attempt', () => {
  it('has ceilings of 1, 2, 4 ... 32 seconds', () => {
    const ceilings = [0, 1, 2, 3, 4, 5, 6, 100].map((attempt) => backoffMs(attempt, 0.9999999));
    expect(ceilings).toEqual([999, 1_999, 3_999, 7_999, 15_999, 31_999, 31_999, 31_999]);
  });

  it('is anywhere below its ceiling', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const wait = backoffMs(attempt, random);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThan(defaultBackoff.delayMsMax);
        },
      ),
    );
  });
});
