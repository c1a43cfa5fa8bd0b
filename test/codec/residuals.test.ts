import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readResiduals, residualBits, writeResiduals } from '../../src/codec/residuals.ts';
import { integersOfLength } from './contract/columns.ts';
import { framesOf, readAll } from './contract/trip.ts';

test('residuals come back where they are written', () => {
  fc.assert(
    fc.property(integersOfLength(50), (values) => {
      let isWritten = false;
      const frames = framesOf((out) => {
        isWritten = writeResiduals(out, Float64Array.from(values), 50);
      });
      const span = Math.max(...values) - Math.min(...values);
      expect(isWritten).toBe(span <= Number.MAX_SAFE_INTEGER);
      if (isWritten)
        expect(readAll(frames, (reader) => [...readResiduals(reader, 50)])).toEqual(values);
    }),
  );
});

test('bits of residuals are those of the better form', () => {
  const noise = Float64Array.from({ length: 500 }, (_, at) => (at * at * 7_919) % 251);
  const climbing = Float64Array.from({ length: 500 }, (_, at) => at * 1_000 + ((at * 7) % 3));
  expect(residualBits(noise, 500, 9_999)).toBeGreaterThan(7 * 500);
  expect(residualBits(climbing, 500, 9_999)).toBeLessThan(4 * 500);
  expect(residualBits(new Float64Array(0), 500, 9_999)).toBe(Number.POSITIVE_INFINITY);
});
