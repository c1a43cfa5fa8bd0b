import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stampMs, stampOf } from '../../src/base/stamp.ts';
import { stampOfTimestamp, timestampOfStamp } from '../../src/wire/timestamps.ts';
import { refusalOf } from '../support/schema-errors.ts';

test('any stamp comes back as the first of its millisecond', () => {
  fc.assert(
    fc.property(fc.nat(8_000_000_000_000), fc.nat(1023), (ms, logical) => {
      const back = stampOfTimestamp(timestampOfStamp(stampOf(ms, logical)), 'at');
      expect(back).toBe(stampOf(ms));
    }),
  );
});

test('no stamp is no time', () => {
  expect(timestampOfStamp(0)).toBeUndefined();
  expect(stampOfTimestamp(undefined, 'at')).toBe(0);
});

test('a time is seconds and nanoseconds', () => {
  const time = timestampOfStamp(stampOf(1_700_000_000_123, 5));
  expect(time).toEqual({ seconds: 1_700_000_000n, nanos: 123_000_000 });
});

test('finer times are rounded down to the millisecond', () => {
  const stamp = stampOfTimestamp({ seconds: 1n, nanos: 999_999_999 }, 'at');
  expect(stampMs(stamp)).toBe(1_999);
});

test('the last second that has stamps is taken, the next one is not', () => {
  const last = 8_796_093_021n;
  const stamp = stampOfTimestamp({ seconds: last, nanos: 999_999_999 }, 'at');
  expect(Number.isSafeInteger(stamp)).toBe(true);
  expect(() => stampOfTimestamp({ seconds: last + 1n, nanos: 0 }, 'at')).toThrow('2248');
});

test.each([
  { seconds: -1n, nanos: 0 },
  { seconds: 1n << 62n, nanos: 0 },
  { seconds: 0n, nanos: -1 },
  { seconds: 0n, nanos: 1_000_000_000 },
])('$seconds seconds and $nanos nanoseconds are no time of a stamp', (timestamp) => {
  expect(refusalOf(() => stampOfTimestamp(timestamp, 'modified_at'))).toEqual({
    reason: 'BAD_TIMESTAMP',
    fields: ['modified_at'],
  });
});
