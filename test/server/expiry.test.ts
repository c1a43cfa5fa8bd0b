import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { onExpiry } from '../../src/server/expiry.ts';
import type { Identity } from '../../src/session/source.ts';

const dayMs = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const clock = { nowMs: () => Date.now() };
const of = (expiresAtMs: number | undefined): Identity => ({
  ...{ name: 'x', readScopes: [], writeScopes: [], relay: false, admin: true, expiresAtMs },
});

/** The reasons that were told. */
function follow(expiresAtMs: number | undefined): { told: unknown[]; stop: () => void } {
  const told: unknown[] = [];
  const stop = onExpiry(of(expiresAtMs), clock, (error) =>
    told.push(error instanceof SyncError && error.reason),
  );
  return { told, stop };
}

test('is told once, when it is over and not before', () => {
  const { told } = follow(1_000);
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['IDENTITY_EXPIRED']);
  vi.advanceTimersByTime(dayMs);
  expect(told).toEqual(['IDENTITY_EXPIRED']);
});

test('of 100 days is no timer that overflows', () => {
  const { told } = follow(100 * dayMs);
  vi.advanceTimersByTime(99 * dayMs);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(dayMs);
  expect(told).toEqual(['IDENTITY_EXPIRED']);
});

test('is found out within an hour where the clock was set forward', () => {
  const { told } = follow(10 * dayMs);
  vi.setSystemTime(11 * dayMs);
  vi.advanceTimersByTime(3_600_000);
  expect(told).toEqual(['IDENTITY_EXPIRED']);
});

test('is not told once it is stopped, nor where there is none', () => {
  const { told, stop } = follow(1_000);
  stop();
  const never = follow(undefined);
  never.stop();
  vi.advanceTimersByTime(dayMs);
  expect([told, never.told]).toEqual([[], []]);
});
