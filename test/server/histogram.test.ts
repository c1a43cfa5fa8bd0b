import { expect, test } from 'vitest';
import { Histogram } from '../../src/server/histogram.ts';

test('each value is in the first bucket whose bound it does not exceed, else in the last one', () => {
  const histogram = new Histogram([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1_000]) histogram.add(value);
  expect(histogram.toWire()).toEqual({ bounds: [1n, 10n], counts: [2n, 2n, 2n], sum: 1_024n });
});

test('an empty one has its buckets too', () => {
  expect(new Histogram([5]).toWire()).toEqual({ bounds: [5n], counts: [0n, 0n], sum: 0n });
});

test('the bounds that there are ascend', () => {
  for (const made of [Histogram.ofDurationsMs(), Histogram.ofCommits(), Histogram.ofBytes()]) {
    const { bounds, counts } = made.toWire();
    expect(bounds).toEqual([...bounds].sort((left, right) => Number(left - right)));
    expect(counts).toHaveLength(bounds.length + 1);
  }
});
