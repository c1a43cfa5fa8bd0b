import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placesOf } from '../../src/codec/place-index.ts';
import { integersOfLength } from './contract/columns.ts';

test('places are those of first occurrence, whether values lie near to each other or far apart', () => {
  fc.assert(
    fc.property(integersOfLength(60), (values) => {
      const distinct = [...new Set(values)];
      const expected = values.map((value) => distinct.indexOf(value));
      const { places, size } = placesOf(Float64Array.from(values), 60, 60)!;
      expect([[...places], size]).toEqual([expected, distinct.length]);
    }),
  );
});

test.each([1, 2 ** 20, 2 ** 50])(
  '%d apart, as many as may be are found, and not one more',
  (apart) => {
    const values = Float64Array.from({ length: 10 }, (_, at) => at * apart);
    expect(placesOf(values, 10, 10)?.size).toBe(10);
    expect(placesOf(values, 10, 9)).toBeUndefined();
  },
);

test('nothing has no places', () => {
  expect(placesOf(new Float64Array(0), 0, 0)).toEqual({ places: new Int32Array(0), size: 0 });
});
