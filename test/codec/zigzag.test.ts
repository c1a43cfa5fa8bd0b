import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unzigzag, zigzag } from '../../src/codec/zigzag.ts';

const most = 2 ** 52 - 1;

test('numbers of either sign come back, and none becomes negative', () => {
  const values = fc.array(
    fc.oneof(fc.integer(), fc.constantFrom(most, -most), fc.integer({ min: -most, max: most })),
  );
  fc.assert(
    fc.property(values, (all) => {
      const folded = Float64Array.from(all);
      expect(zigzag(folded)).toBe(Math.max(0, ...folded));
      expect(folded.every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
      expect(Array.from(folded, unzigzag)).toEqual(all);
    }),
  );
});

test.each([
  [0, 0],
  [-1, 1],
  [1, 2],
  [-2, 3],
])('%d becomes %d', (value, folded) => {
  const values = Float64Array.of(value);
  zigzag(values);
  expect(values[0]).toBe(folded);
});
