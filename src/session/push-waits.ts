import type { Outcome } from '../change/commit.ts';

/** Less than the server lets pass before its own next checkpoint, so that this is not met before its time. */
const noRoomWaitMs = 20_000;

/** Whether the server has not the memory for it. */
export function hadNoRoom({ refusal }: Outcome): boolean {
  return refusal?.reason === 'HEAP_FULL';
}

/**
 * Writers whose next transaction had no room with the server though it came alone. A checkpoint, which comes with any commit of
 * anybody, is no reason to send it once more: that costs its bytes each time. So it waits; on another stream nobody would say
 * when that is over, so there it goes at once.
 */
export class PushWaits {
  private readonly nowMs: (() => number) | undefined;
  private readonly untilMs = new Map<string, number>();

  /** Without a clock nobody waits. */
  constructor(nowMs: (() => number) | undefined) {
    this.nowMs = nowMs;
  }

  /** A new stream. */
  begin(): void {
    this.untilMs.clear();
  }

  /** The answer to a push. */
  answered(outcomes: readonly Outcome[]): void {
    const [alone, ...others] = outcomes;
    if (this.nowMs === undefined || others.length > 0) return;
    if (alone === undefined || !hadNoRoom(alone)) return;
    this.untilMs.set(alone.replica, this.nowMs() + noRoomWaitMs);
  }

  /** Whether nothing of a writer is to be sent now. */
  has(writer: string): boolean {
    const untilMs = this.untilMs.get(writer);
    if (untilMs === undefined) return false;
    // No longer than that either where the device's clock was set back.
    const leftMs = untilMs - this.nowMs!();
    if (leftMs > 0 && leftMs <= noRoomWaitMs) return true;
    this.untilMs.delete(writer);
    return false;
  }
}
