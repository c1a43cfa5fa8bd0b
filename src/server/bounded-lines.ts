import type { Timer } from '../base/clock.ts';
import { idleTimer } from './timers.ts';

const windowMs = 60_000;

/** Lines of one kind: so many in a minute, and then how many more there were. Whoever does something in a loop fills no disk. */
export class BoundedLines {
  private readonly linesMax: number;
  private readonly sayCount: (count: number) => void;
  private readonly timer: Timer;
  /** Undefined where no minute has begun. */
  private stopTimer: (() => void) | undefined;
  private lines = 0;

  /** `sayCount` says how many there were beside those that were said: when their minute is over, or at the end. */
  constructor(linesMax: number, sayCount: (count: number) => void, timer: Timer = idleTimer) {
    this.linesMax = linesMax;
    this.sayCount = sayCount;
    this.timer = timer;
  }

  /** Says it, or counts it. Returns whether it was said. */
  say(line: () => void): boolean {
    this.stopTimer ??= this.timer(windowMs, () => this.endWindow());
    const isSaid = ++this.lines <= this.linesMax;
    if (isSaid) line();
    return isSaid;
  }

  /** Says how many more there were, if any. What comes behind it begins another minute. */
  close(): void {
    this.stopTimer?.();
    this.endWindow();
  }

  private endWindow(): void {
    const unsaid = this.lines - this.linesMax;
    this.stopTimer = undefined;
    this.lines = 0;
    if (unsaid > 0) this.sayCount(unsaid);
  }
}
