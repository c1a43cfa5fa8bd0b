import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inTimeRange, nanosecondsOf, nanosOf, secondsOf } from '../../src/schema/time.ts';

const timestamp = false;
const duration = true;

describe('a Timestamp', () => {
  test.each([
    ['1970', 0, 0, 0n],
    ['a nanosecond before 1970', -1, 999_999_999, -1n],
    ['the first of all', -62_135_596_800, 0, -62_135_596_800_000_000_000n],
    ['the last of all', 253_402_300_799, 999_999_999, 253_402_300_799_999_999_999n],
  ])('of %s is one number and two', (_, seconds, nanos, nanoseconds) => {
    expect(nanosecondsOf(timestamp, seconds, nanos)).toBe(nanoseconds);
    expect(secondsOf(timestamp, nanoseconds)).toBe(seconds);
    expect(nanosOf(timestamp, nanoseconds)).toBe(nanos);
  });

  test.each([
    ['before the year 1', -62_135_596_801, 0],
    ['after the year 9999', 253_402_300_800, 0],
    ['with negative nanos', 5, -1],
    ['with nanos of a second', 5, 1_000_000_000],
  ])('%s is out of range', (_, seconds, nanos) => {
    expect(nanosecondsOf(timestamp, seconds, nanos)).toBeUndefined();
  });
});

describe('a Duration', () => {
  test.each([
    ['nothing', 0, 0, 0n],
    ['minus a second and a half', -1, -500_000_000, -1_500_000_000n],
    ['minus half a second', 0, -500_000_000, -500_000_000n],
    ['the longest', 315_576_000_000, 999_999_999, 315_576_000_000_999_999_999n],
  ])('of %s is one number and two', (_, seconds, nanos, nanoseconds) => {
    expect(nanosecondsOf(duration, seconds, nanos)).toBe(nanoseconds);
    expect(secondsOf(duration, nanoseconds)).toBe(seconds);
    expect(nanosOf(duration, nanoseconds)).toBe(nanos);
  });

  test.each([
    ['of more than 10,000 years', 315_576_000_001, 0],
    ['with nanos of a second', 0, -1_000_000_000],
    ['of mixed signs', 1, -1],
    ['of mixed signs, the other way', -1, 1],
  ])('%s is out of range', (_, seconds, nanos) => {
    expect(nanosecondsOf(duration, seconds, nanos)).toBeUndefined();
  });
});

test('[P16] both ways agree, and the range is the same in both forms', () => {
  const nanoseconds = fc.bigInt({ min: -(2n ** 69n), max: 2n ** 69n });
  fc.assert(
    fc.property(fc.boolean(), nanoseconds, (kind, value) => {
      const again = nanosecondsOf(kind, secondsOf(kind, value), nanosOf(kind, value));
      expect(again).toBe(inTimeRange(kind, value) ? value : undefined);
    }),
    { numRuns: 500 },
  );
});
