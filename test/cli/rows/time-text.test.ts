import { expect, test } from 'vitest';
import { timeText } from '../../../src/cli/rows/time-text.ts';

test('is RFC 3339 to the millisecond', () => {
  expect(timeText({ seconds: 1_714_564_800n, nanos: 123_999_999 })).toBe(
    '2024-05-01T12:00:00.123Z',
  );
  expect(timeText(undefined)).toBeUndefined();
});
