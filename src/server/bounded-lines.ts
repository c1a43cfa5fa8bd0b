import type { Clock } from '../base/clock.ts';

const windowMs = 60_000;

/** Lines of one kind: so many in a minute, and then how many more there were. Whoever does something in a loop fills no disk. */
export class BoundedLines {
  private readonly clock: Clock;
  private readonly linesMax: number;
  private readonly sayCount: (count: number) => void;
  private windowEndMs = 0;
  private lines = 0;
  private unsaid = 0;

  /** `sayCount` says how many there were beside those that were said. */
  constructor(clock: Clock, linesMax: number, sayCount: (count: number) => void) {
    this.clock = clock;
    this.linesMax = linesMax;
    this.sayCount = sayCount;
  }

  /** Says it, or counts it. Returns whether it was said. */
  say(line: () => void): boolean {
    const nowMs = this.clock.nowMs();
    if (nowMs >= this.windowEndMs) {
      this.sayUnsaid();
      this.windowEndMs = nowMs + windowMs;
      this.lines = 0;
    }
    const isSaid = ++this.lines <= this.linesMax;
    if (isSaid) line();
    else this.unsaid++;
    return isSaid;
  }

  /** Says how many more there were, if any. */
  sayUnsaid(): void {
    const count = this.unsaid;
    this.unsaid = 0;
    if (count > 0) this.sayCount(count);
  }
}
