import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numbersOf, rangesText } from './ranges.ts';

test('neighbours are told as one range', () => {
  expect(rangesText([9, 0, 1, 2, 3, 7, 10])).toBe('0-3,7,9-10');
  expect(rangesText([])).toBe('');
});

test('whatever the numbers, their text tells them', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200)), (numbers) => {
      expect(numbersOf(rangesText(numbers))).toEqual(numbers.toSorted((a, b) => a - b));
    }),
  );
});
