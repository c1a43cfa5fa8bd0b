import { expect, test } from 'vitest';
import { halvesOf, highHalf, longsOf, lowHalf } from '../../src/codec/long-codec.ts';
import { sampleNumbersMax } from '../../src/codec/sample.ts';

test('halves are those of each value, of part of an array, too', () => {
  const values = BigInt64Array.of(1n, -(2n ** 32n) + 7n, 5n).subarray(1);
  const halves = halvesOf(values);
  expect([halves[highHalf], halves[lowHalf]]).toEqual([-1, 7]);
  expect([halves[2 + highHalf], halves[2 + lowHalf]]).toEqual([0, 5]);
});

test('a column has a sample', () => {
  expect(longsOf(new BigInt64Array(5_000)).sample).toHaveLength(sampleNumbersMax);
  expect(longsOf(BigInt64Array.of(1n)).sample).toEqual(BigInt64Array.of(1n));
});
