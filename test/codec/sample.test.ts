import { describe, expect, test } from 'vitest';
import {
  probesOf,
  sampleLongs,
  sampleNumbers,
  sampleNumbersMax,
  sampleOf,
  stretchLength,
  windowMax,
  windowStart,
} from '../../src/codec/sample.ts';

const counting = (count: number) => Float64Array.from({ length: count }, (_, at) => at);

describe('a sample', () => {
  test('of few values is all of them', () => {
    expect([...sampleNumbers(counting(50), 40)]).toEqual([...counting(40)]);
    expect(sampleLongs(BigInt64Array.of(1n, 2n))).toEqual(BigInt64Array.of(1n, 2n));
    expect(sampleOf(['a', 'b'])).toEqual(['a', 'b']);
    expect([...probesOf(3)]).toEqual([0, 1, 2]);
  });

  test('of many has stretches of rows that follow each other, from the first to the last', () => {
    const all = counting(10_000);
    const longs = BigInt64Array.from(all, (value) => BigInt(value));
    const samples = [
      [...sampleNumbers(all, all.length)],
      [...sampleLongs(longs)].map(Number),
      [...sampleOf([...all])],
      [...probesOf(all.length)],
    ];
    for (const sample of samples) {
      const seams = sample.filter((value, at) => at > 0 && value !== sample[at - 1]! + 1);
      expect(seams).toHaveLength(7);
      expect([sample[0], sample.at(-1)]).toEqual([0, 9_999]);
    }
    expect(samples[0]).toHaveLength(sampleNumbersMax);
    const ends = samples[0]!.flatMap((value, at) =>
      value + 1 === samples[0]![at + 1] ? [] : [at + 1],
    );
    expect(ends.every((at) => at % stretchLength === 0)).toBe(true);
  });

  test('has the rows of the column that it is asked for, not of the one before', () => {
    expect(probesOf(5)).toHaveLength(5);
    expect(probesOf(7)).toHaveLength(7);
    expect(probesOf(5)).toHaveLength(5);
  });

  test('of rows in turn lies in the middle', () => {
    expect(windowStart(10)).toBe(0);
    expect(windowStart(windowMax)).toBe(0);
    expect(windowStart(windowMax + 10)).toBe(5);
  });
});
