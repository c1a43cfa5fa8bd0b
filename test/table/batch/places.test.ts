import { expect, test } from 'vitest';
import { placeOf, placesOf } from '../../../src/table/batch/places.ts';

test('values are there for those rows alone that have one', () => {
  const places = placesOf(Uint8Array.of(0, 1, 1, 0, 1));
  expect([0, 1, 2, 3, 4].map((row) => placeOf(places, row))).toEqual([-1, 0, 1, -1, 2]);
});

test('where all rows have one, each has its own place', () => {
  expect(placeOf(placesOf(undefined), 5)).toBe(5);
});
