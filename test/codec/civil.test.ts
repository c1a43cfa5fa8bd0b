import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dateOf, dayOf } from '../../src/codec/civil.ts';

const dayMs = 86_400_000;
const days = fc.integer({ min: -719_528, max: 2_932_896 });

test('days are those of the calendar of Date, from the year 0 to 9999', () => {
  fc.assert(
    fc.property(fc.oneof(days, fc.constantFrom(-719_528, 0, 2_932_896)), (day) => {
      const date = new Date(day * dayMs);
      const parts = {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        date: date.getUTCDate(),
      };
      expect(dateOf(day)).toEqual(parts);
      expect(dayOf(parts.year, parts.month, parts.date)).toBe(day);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  [2023, 2, 29],
  [1900, 2, 29],
  [2024, 2, 30],
  [2024, 4, 31],
  [2024, 0, 1],
  [2024, 13, 1],
  [2024, 1, 0],
  [2024, 1, 32],
  [-1, 1, 1],
  [10_000, 1, 1],
  [Number.NaN, 1, 1],
])('%d-%d-%d is no date', (year, month, date) => {
  expect(dayOf(year, month, date)).toBeUndefined();
});

test.each([
  [2000, 2, 29],
  [2024, 2, 29],
  [0, 2, 29],
  [9999, 12, 31],
])('%d-%d-%d is one', (year, month, date) => {
  expect(dateOf(dayOf(year, month, date)!)).toEqual({ year, month, date });
});
