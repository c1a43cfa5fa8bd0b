import { expect, test } from 'vitest';
import { geometricMean, type Result, ratioOf, tableOf } from '../../../bench/codec/results.ts';

const cost = (bytes: number) => ({ bytes, encodeMs: bytes / 10, decodeMs: bytes / 20 });
const result: Result = {
  table: 'people',
  rows: 12,
  batchRows: 100,
  jsonBytes: 1_000,
  costs: {
    'gzip 6': cost(400),
    fast: cost(200),
    balanced: cost(160),
    small: cost(100),
    Parquet: cost(200),
    'Parquet v2': cost(180),
  },
};

test('twice and half as much are as much in the mean', () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  expect(geometricMean([0.3])).toBeCloseTo(0.3);
  expect(() => geometricMean([])).toThrow('no values');
});

test('ratios are to JSON with gzip where nothing else is named', () => {
  expect(ratioOf(result, 'bytes', 'balanced')).toBe(0.4);
  expect(ratioOf(result, 'encodeMs', 'small')).toBe(0.25);
  expect(ratioOf(result, 'bytes', 'small', 'Parquet')).toBe(0.5);
});

test('the table has a line for each result, in columns', () => {
  const lines = tableOf([result, { ...result, table: 'a', batchRows: 200 }], 200).split('\n');
  expect(lines).toHaveLength(3);
  expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
  expect(lines[1]).toMatch(/^people +12 +100 +1000 +400 +200 +160 +100 +200 +180 +0\.500 +0\.400/);
  expect(lines[2]).toMatch(/^a +12 +all +1000/);
});
