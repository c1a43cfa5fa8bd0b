import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundedStamp, nextStamp, stampMs, stampOf } from '../../src/base/stamp.ts';

const times = fc.integer({ min: 0, max: 8_000_000_000_000 });
const stamps = times.chain((ms) =>
  fc.integer({ min: 0, max: 1023 }).map((step) => stampOf(ms, step)),
);

test('a stamp is milliseconds times 1024 and a logical step, in a safe integer', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 1023 }), (ms, step) => {
      const stamp = stampOf(ms, step);
      expect(Number.isSafeInteger(stamp)).toBe(true);
      expect([stampMs(stamp), stamp - stampOf(ms)]).toEqual([ms, step]);
    }),
  );
  expect(stampMs(Number.MAX_SAFE_INTEGER)).toBe(Date.UTC(2248, 8, 26, 15, 10, 22, 207));
});

describe('the stamp under which the home stores a write', () => {
  const aheadMsMax = 60_000;

  test('[I11] is never further ahead of the clock than the bound', () => {
    fc.assert(
      fc.property(stamps, stamps, times, (writer, base, nowMs) => {
        const stamp = boundedStamp(writer, base, nowMs, aheadMsMax);
        expect(stamp).toBeLessThanOrEqual(stampOf(nowMs + aheadMsMax));
      }),
    );
  });

  test.each([
    ['the writer’s own', stampOf(1_000), 0, stampOf(1_000)],
    ['past what the writer had seen', stampOf(1_000), stampOf(2_000), stampOf(2_000) + 1],
    ['the bound, where the writer’s clock runs ahead', stampOf(9e9), 0, stampOf(65_000)],
    ['the bound, where what it had seen does', 0, stampOf(9e9), stampOf(65_000)],
  ])('is %s', (_what, writer, base, stamp) => {
    expect(boundedStamp(writer, base, 5_000, aheadMsMax)).toBe(stamp);
  });
});

test('a local clock never stands still, and never goes back', () => {
  expect(nextStamp(5, 0)).toBe(stampOf(5));
  expect(nextStamp(5, stampOf(5))).toBe(stampOf(5) + 1);
  expect(nextStamp(5, stampOf(9))).toBe(stampOf(9) + 1);
});
