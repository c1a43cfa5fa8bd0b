import { expect, test } from 'vitest';
import { integersOf } from '../../src/codec/integer-codec.ts';
import {
  bestFew,
  candidatesOf,
  ownBits,
  spreadBits,
  worth,
  worthOfSteps,
} from '../../src/codec/prediction.ts';

const lane = (length: number, apart = 1) =>
  integersOf(
    Float64Array.from({ length }, (_, at) => at * apart),
    length,
  );

test('columns of as many values are candidates, the nearest first, but for those of one value', () => {
  const earlier = [lane(10), lane(9), lane(10, 0), lane(10)];
  const column = integersOf(new Float64Array(10), 10, earlier);
  expect(candidatesOf(column, 'balanced').map(({ distance }) => distance)).toEqual([1, 4]);
  expect(candidatesOf(column, 'fast')).toEqual([]);
});

test('so many are looked at, more where bytes count more', () => {
  const column = integersOf(new Float64Array(10), 10, new Array(100).fill(lane(10)));
  expect(candidatesOf(column, 'balanced')).toHaveLength(16);
  expect(candidatesOf(column, 'small')).toHaveLength(64);
});

test('nothing is predicted that costs next to nothing', () => {
  const column = lane(1_000);
  expect(worth(200, column)).toBeLessThanOrEqual(0);
  expect(worth(8_000, column)).toBeGreaterThan(7_000);
  expect(worth(8_000, column)).toBeLessThan(8_000);
});

test('the best few are those of the smallest measures', () => {
  const all = [3, 1, 2].map((measure) => ({ measure }));
  expect(bestFew(all, 2)).toEqual([{ measure: 1 }, { measure: 2 }]);
});

test('columns of few values are not predicted by steps', () => {
  const column = integersOf(
    Float64Array.from({ length: 1_000 }, (_, at) => (at * at) % 3),
    1_000,
  );
  expect(worth(2_000, column)).toBeGreaterThan(0);
  expect(worthOfSteps(2_000, column)).toBe(0);
  expect(worthOfSteps(2_000, lane(1_000))).toBe(worth(2_000, lane(1_000)));
});

test('bits at first sight are those of the best of three ways', () => {
  expect(ownBits(lane(500, 1_000))).toBeLessThan(1);
  const parabola = integersOf(
    Float64Array.from({ length: 500 }, (_, at) => at * at * 1_000),
    500,
  );
  expect(ownBits(parabola)).toBeCloseTo(11, 0);
  const nearby = integersOf(
    Float64Array.from({ length: 500 }, (_, at) => 1_000_000 + (at % 2)),
    500,
  );
  expect(ownBits(nearby)).toBeLessThan(1);
  expect(ownBits(nearby)).toBe(ownBits(nearby));
});

test('the bits of a spread are those of the distance from the mean', () => {
  expect(spreadBits(Float64Array.of(7, 7, 7))).toBe(0);
  expect(spreadBits(Float64Array.of(-1_000, 1_000))).toBe(10);
});
