/** How fast something goes that takes a while, and when it will be done. */
export class Rate {
  private readonly nowMs: () => number;
  private readonly startMs: number;

  /** It begins now. `nowMs` is a clock that never goes back. */
  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
    this.startMs = nowMs();
  }

  /** Since it began. */
  get seconds(): number {
    return (this.nowMs() - this.startMs) / 1_000;
  }

  /** On an average since it began; 0 as long as nobody can tell. */
  perSecond(done: number): number {
    return this.seconds > 0 ? done / this.seconds : 0;
  }

  /** Undefined as long as nobody can tell: within the first second, and where nothing is done yet. */
  secondsLeft(done: number, total: number): number | undefined {
    if (this.seconds < 1 || done <= 0) return undefined;
    return Math.max(0, ((total - done) * this.seconds) / done);
  }
}
