import { expect, test } from 'vitest';
import { sampleStrings, sampleStringsMax } from '../../src/codec/sample-strings.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

test('few strings are the sample', () => {
  const values = upTo(sampleStringsMax);
  expect(sampleStrings(values)).toBe(values);
  expect(sampleStrings([])).toEqual([]);
});

test('of many it has stretches from the first to the last', () => {
  const length = sampleStringsMax / 8;
  for (const count of [sampleStringsMax + 1, 700, 100_000]) {
    const sample = sampleStrings(upTo(count));
    expect(sample).toHaveLength(sampleStringsMax);
    expect([sample[0], sample.at(-1)]).toEqual([0, count - 1]);
    const starts = sample.filter((_, at) => at % length === 0);
    expect(sample).toEqual(starts.flatMap((start) => upTo(length).map((at) => start + at)));
  }
});
