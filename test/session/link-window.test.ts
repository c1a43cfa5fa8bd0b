import { describe, expect, it } from 'vitest';
import { LinkWindow } from '../../src/session/link-window.ts';

const max = 4 << 20;
const sent = (bytes: number, isFull = true) => ({ atMs: 0, bytes, isFull });

describe('a window over a link', () => {
  it('begins with what TCP sends at once, and is never above its limit', () => {
    expect(new LinkWindow({ max }).bytes).toBe(8 << 10);
    expect(new LinkWindow({ max: 500 }).bytes).toBe(500);
  });

  it('grows fast while what is sent comes at once, and by what has come where it waits a little', () => {
    const window = new LinkWindow({ max });
    window.arrived(sent(4_000), 40);
    expect(window.bytes).toBe(8_192 + 12_000);
    window.arrived(sent(4_000), 440);
    expect(window.bytes).toBe(8_192 + 12_000 + 4_000);
    for (let times = 0; times < 20; times++) window.arrived(sent(window.bytes), 40);
    expect(window.bytes).toBe(max);
  });

  it.each([
    [undefined, 500],
    [1_000, 1_000],
  ])(
    'stays as it is where what is sent waits for long (%s), or was all that there was to send',
    (waitMsGrowing, waitMs) => {
      const window = new LinkWindow(waitMsGrowing === undefined ? { max } : { max, waitMsGrowing });
      window.timed(100);
      window.arrived(sent(4_000), 100 + waitMs);
      window.arrived(sent(4_000, false), 100);
      expect(window.bytes).toBe(8_192);
      window.arrived(sent(4_000), 99 + waitMs);
      expect(window.bytes).toBe(8_192 + 4_000);
    },
  );

  it('shrinks to a second of what the link carries, once for what was on its way together', () => {
    const window = new LinkWindow({ max });
    window.timed(750);
    window.arrived(sent(4_000), 4_750);
    expect(window.bytes).toBe(2_048);
    window.arrived(sent(4_000), 9_000);
    expect(window.bytes).toBe(2_048);
    window.arrived({ ...sent(4_000), atMs: 6_000 }, 60_000);
    expect(window.bytes).toBe(1_024);
  });

  it('takes no way for longer than those to satellites are', () => {
    const window = new LinkWindow({ max });
    window.arrived(sent(0, false), 8_750);
    expect(window.bytes).toBe(1_024);
  });

  it('halves with each loss, further than it shrinks by itself, and has its least again with what comes', () => {
    const window = new LinkWindow({ max, min: 4_096 });
    window.lost();
    window.lost();
    window.lost();
    window.lost();
    expect(window.bytes).toBe(1_024);
    window.arrived(sent(10), 700);
    expect(window.bytes).toBe(4_096);
  });

  it('is of another link, maybe, behind a new connection: no larger than the first, and timed anew', () => {
    const window = new LinkWindow({ max });
    expect([window.claimTiming(), window.claimTiming()]).toEqual([true, false]);
    window.timed(10);
    window.arrived(sent(100_000), 20);
    window.renew();
    expect(window.bytes).toBe(8_192);
    expect(window.claimTiming()).toBe(true);
    window.lost();
    window.renew();
    expect(window.bytes).toBe(4_096);
  });

  it('learns nothing from a clock that was set back', () => {
    const window = new LinkWindow({ max });
    window.arrived({ ...sent(4_000), atMs: 10_000 }, 0);
    window.arrived(sent(4_000), 2_700);
    // Had the way been said to take no time at all, this would have been a wait.
    expect(window.bytes).toBe(8_192);
  });
});
