import { expect, test } from 'vitest';
import { sampleStrings } from '../../src/codec/sample-strings.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

test('few strings are the sample', () => {
  const values = upTo(512);
  expect(sampleStrings(values)).toBe(values);
  expect(sampleStrings([])).toEqual([]);
});

test('of many it has stretches from the first to the last', () => {
  for (const count of [513, 700, 100_000]) {
    const sample = sampleStrings(upTo(count));
    expect(sample).toHaveLength(512);
    expect([sample[0], sample.at(-1)]).toEqual([0, count - 1]);
    const starts = sample.filter((_, at) => at % 64 === 0);
    expect(sample).toEqual(starts.flatMap((start) => upTo(64).map((at) => start + at)));
  }
});
