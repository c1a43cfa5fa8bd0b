import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/server/pace.ts';

const deltaBytesMax = 1 << 20;

interface Link {
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
}

interface Travelled {
  /** The longest time that a message waited for those before it, once the pace had a few seconds to find out, in ms. */
  readonly waitedMsMax: number;
  /** Of what the link could carry from the beginning. */
  readonly used: number;
  readonly largest: number;
}

/** Sends for so long as fast as the pace allows, over a link that is only arithmetic. A message has a third of the bytes of its rows. */
function travel(pace: Pace, { bytesPerSecond, roundTripMs }: Link, durationMs: number): Travelled {
  let nowMs = 0;
  let freeMs = 0;
  const marks: { readonly number: number; readonly atMs: number }[] = [];
  let largest = 0;
  let waitedMsMax = 0;
  if (pace.claimTiming()) pace.timed(roundTripMs);
  while (nowMs < durationMs) {
    const { deltaBytes } = pace;
    if (deltaBytes > 0) {
      largest = Math.max(largest, deltaBytes);
      const bytes = deltaBytes / 3;
      if (nowMs > durationMs / 2) waitedMsMax = Math.max(waitedMsMax, freeMs - nowMs);
      freeMs = Math.max(freeMs, nowMs) + (bytes / bytesPerSecond) * 1_000;
      pace.writes(bytes, true);
    }
    if (pace.wantsMark) {
      marks.push({ number: pace.nextMark, atMs: Math.max(freeMs, nowMs) + roundTripMs });
      pace.mark(nowMs);
    }
    if (pace.deltaBytes > 0) continue;
    // Else nothing would ever be sent again.
    expect(marks.length).toBeGreaterThan(0);
    const { number, atMs } = marks.shift()!;
    nowMs = atMs;
    pace.returned(number, nowMs);
  }
  for (const { number, atMs } of marks) pace.returned(number, atMs);
  return { waitedMsMax, used: Math.min(freeMs, nowMs) / nowMs, largest };
}

describe('a pace', () => {
  it.each<[string, Link, number]>([
    ['1 kbit/s', { bytesPerSecond: 125, roundTripMs: 1_000 }, 20_000],
    ['64 kbit/s', { bytesPerSecond: 8_000, roundTripMs: 700 }, 2_500],
    ['1 MB/s', { bytesPerSecond: 1_000_000, roundTripMs: 50 }, 2_500],
    ['a satellite', { bytesPerSecond: 1_000_000, roundTripMs: 600 }, 3_500],
  ])('uses %s, and has little waiting there', (_name, link, waitMsMax) => {
    const { used, waitedMsMax } = travel(new Pace(deltaBytesMax), link, 300_000);
    expect(used).toBeGreaterThan(0.85);
    expect(waitedMsMax).toBeLessThan(waitMsMax);
  });

  it('is not what bounds a fast link', () => {
    const fast = { bytesPerSecond: 100_000_000, roundTripMs: 1 };
    const { largest } = travel(new Pace(deltaBytesMax), fast, 1_000);
    expect(largest).toBe(deltaBytesMax);
  });

  it('follows a link that becomes slower', () => {
    const pace = new Pace(deltaBytesMax);
    travel(pace, { bytesPerSecond: 10_000_000, roundTripMs: 20 }, 10_000);
    const slow = { bytesPerSecond: 10_000, roundTripMs: 20 };
    expect(travel(pace, slow, 2_000_000).waitedMsMax).toBeLessThan(2_500);
  });

  it('begins with little, and is never above a limit that is less', () => {
    expect(new Pace(deltaBytesMax).deltaBytes).toBe(24 << 10);
    expect(new Pace(500).deltaBytes).toBe(500);
  });

  it('has no mark sent for a little now and then, and one at last', () => {
    const pace = new Pace(deltaBytesMax);
    let updates = 0;
    for (; !pace.wantsMark; updates++) pace.writes(200, false);
    expect(updates).toBe(41);
    pace.mark(0);
    pace.returned(0, 5);
    // What came now and then says nothing of how much the link carries.
    expect([pace.wantsMark, pace.deltaBytes]).toEqual([false, 24 << 10]);
  });

  it('has some marks under way, each of what was written since the one before', () => {
    const pace = new Pace(2 << 10);
    for (let marks = 0; marks < 4; marks++) {
      pace.writes(1_000, true);
      expect(pace.wantsMark).toBe(true);
      pace.mark(0);
      expect(pace.wantsMark).toBe(false);
    }
    pace.writes(96, true);
    expect([pace.wantsMark, pace.deltaBytes]).toEqual([false, 2 << 10]);
    pace.writes(4_096, true);
    expect(pace.deltaBytes).toBe(0);
    pace.returned(0, 1_600);
    expect([pace.wantsMark, pace.deltaBytes]).toEqual([true, 2 << 10]);
  });

  it('is timed once', () => {
    const pace = new Pace(deltaBytesMax);
    expect([pace.claimTiming(), pace.claimTiming()]).toEqual([true, false]);
  });

  it('takes a wait for a wait from the first mark on, also where none was timed', () => {
    const pace = new Pace(deltaBytesMax);
    pace.writes(4_000, true);
    pace.mark(0);
    pace.returned(0, 10_000);
    expect(pace.deltaBytes).toBe(3 << 10);
  });

  it('holds nothing back where no mark can be sent', () => {
    const pace = new Pace(deltaBytesMax);
    pace.writes(100_000, true);
    expect(pace.deltaBytes).toBe(0);
    pace.forget();
    expect([pace.wantsMark, pace.deltaBytes]).toEqual([false, 24 << 10]);
  });

  it('takes a mark from before it held nothing back for no other', () => {
    const pace = new Pace(deltaBytesMax);
    pace.writes(8_000, true);
    pace.mark(0);
    pace.forget();
    pace.returned(0, 1);
    pace.writes(8_192, true);
    pace.mark(10_000);
    pace.returned(0, 10_001);
    expect(pace.deltaBytes).toBe(0);
    pace.returned(1, 10_002);
    expect(pace.deltaBytes).toBeGreaterThan(24 << 10);
  });
});
