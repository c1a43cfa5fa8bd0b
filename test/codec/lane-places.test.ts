import { expect, test } from 'vitest';
import { integersOf } from '../../src/codec/integer-codec.ts';
import { allPlaces, samplePlaces, windowPlaces } from '../../src/codec/lane-places.ts';

const column = (valueAt: (at: number) => number) => {
  const values = Float64Array.from({ length: 5_000 }, (_, at) => valueAt(at));
  return integersOf(values, values.length);
};

test('which values are the same is found once for each column', () => {
  const lane = column((at) => at % 7);
  expect(samplePlaces(lane)).toMatchObject({ size: 7 });
  expect(samplePlaces(lane)).toBe(samplePlaces(lane));
  expect(windowPlaces(lane)).toMatchObject({ size: 7 });
  expect(windowPlaces(lane)).toBe(windowPlaces(lane));
  expect(allPlaces(lane)).toMatchObject({ size: 7 });
  expect(allPlaces(lane)).toBe(allPlaces(lane));
});

test('of a column of other values each time nothing is found but places', () => {
  const lane = column((at) => at * 1_000_003);
  expect(samplePlaces(lane)).toBeUndefined();
  expect(samplePlaces(lane)).toBeUndefined();
  expect(windowPlaces(lane)).toBeUndefined();
  expect(allPlaces(lane).size).toBe(5_000);
});
