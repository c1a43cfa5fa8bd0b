import { expect, test } from 'vitest';
import { createReport, type Measurement } from '../../bench/support/report.ts';

function lineOf(measurement: Measurement): unknown {
  const lines: string[] = [];
  createReport((line) => lines.push(line))(measurement);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^.*\n$/);
  return JSON.parse(lines[0]!);
}

test('a measurement is one line of JSON with its ratio to the baseline', () => {
  expect(lineOf({ name: 'a.time', value: 3, unit: 'ms', baseline: 12 })).toEqual({
    name: 'a.time',
    value: 3,
    unit: 'ms',
    baseline: 12,
    ratio: 0.25,
  });
});

test('without a baseline there is no ratio, nor with one of zero', () => {
  const without = lineOf({ name: 'a', value: 3, unit: 'ms' });
  expect(without).toMatchObject({ baseline: null, ratio: null });
  expect(lineOf({ name: 'a', value: 3, unit: 'ms', baseline: 0 })).toMatchObject({ ratio: null });
});

test('numbers are cut to four digits, whole ones from a thousand on', () => {
  expect(lineOf({ name: 'a', value: 0.123456, unit: 'ms' })).toMatchObject({ value: 0.1235 });
  expect(lineOf({ name: 'a', value: 123456.7, unit: 'ms' })).toMatchObject({ value: 123457 });
});
