import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration, parseTimestamp } from '../../src/wire/time-texts.ts';

const second = 1_000_000_000n;

describe('a time', () => {
  test('of any millisecond is read as JavaScript writes it', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseTimestamp(date.toISOString())).toBe(BigInt(date.getTime()) * 1_000_000n);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01t00:00:01z', second],
    ['1970-01-01T00:00:00.000000001Z', 1n],
    ['1970-01-01T00:00:00.5Z', second / 2n],
    ['1969-12-31T23:59:59.9Z', -second / 10n],
    ['1970-01-01T01:00:00+01:00', 0n],
    ['1969-12-31T18:30:00-05:30', 0n],
    ['2000-02-29T00:00:00Z', 951_782_400n * second],
    ['0001-01-01T00:00:00Z', -62_135_596_800n * second],
    ['9999-12-31T23:59:59.999999999Z', 253_402_300_800n * second - 1n],
  ])('%s is %d nanoseconds from 1970', (text, nanoseconds) => {
    expect(parseTimestamp(text)).toBe(nanoseconds);
  });

  test.each([
    '',
    'now',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-01-01 00:00:00Z',
    '2024-1-1T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-01-00T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-12-31T23:59:60Z',
    '2024-01-01T00:00:00.Z',
    '2024-01-01T00:00:00.1234567890Z',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00+01:60',
    '2024-01-01T00:00:00+0100',
    '12024-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z ',
  ])('%j is none', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

describe('a length of time', () => {
  test.each([
    ['0s', 0n],
    ['1s', second],
    ['1.5s', 1_500_000_000n],
    ['-1.5s', -1_500_000_000n],
    ['-0.000000001s', -1n],
    ['315576000000s', 315_576_000_000n * second],
  ])('%s is %d nanoseconds', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  test.each(['', 's', '1', '1.s', '.5s', '+1s', '1m', '1e3s', '1.0000000001s', '--1s', '1 s'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
