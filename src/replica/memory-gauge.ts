/** From this share of the budget on, what can be done without is let go of. */
const reliefShare = 0.9;
/** It is measured again once records have been written that are this share of what is left of the budget. */
const stepShare = 1 / 16;
const stepBytesMin = 64 << 10;
const stepBytesMax = 64 << 20;
/** While it is full nothing may be written that would tell; then it is measured again after so many questions. */
const askedMax = 16;

export interface MemoryGaugeOptions {
  readonly bytesMax: number;
  /** Bytes that are held now. May take a while: it is asked rarely. */
  readonly measure: () => number;
  /** What lets go of memory, in the order in which it is to be done without: caches, then history. */
  readonly relief: readonly (() => void)[];
}

/**
 * How much of its memory budget a state takes. To measure it takes longer than to write a row, so it is done when enough
 * was written that it can matter: rarely far from the limit, often near it. A record never makes the state grow by sixteen
 * times its length, so the budget is kept.
 */
export class MemoryGauge {
  private readonly options: MemoryGaugeOptions;
  private used = 0;
  private relievedAt = 0;
  private written = 0;
  private asked = 0;
  private stale = false;
  private stepBytes = 0;

  constructor(options: MemoryGaugeOptions) {
    this.options = options;
  }

  /** Bytes when it was last measured. */
  get usedBytes(): number {
    return this.used;
  }

  /** A record of so many bytes becomes part of the state. */
  wrote(bytes: number): void {
    this.written += bytes;
  }

  /** Something that was held may have become free, which nothing else would tell. `always`: also where it is not full. */
  freed(always = false): void {
    if (this.used > this.options.bytesMax || always) this.stale = true;
  }

  /** Whether there is no room for more. */
  isFull(): boolean {
    const { bytesMax } = this.options;
    if (this.used > bytesMax) this.asked++;
    if (this.stale || this.written >= this.stepBytes || this.asked >= askedMax) this.measure();
    return this.used > bytesMax;
  }

  private measure(): void {
    const { bytesMax, measure, relief } = this.options;
    // What became free is to be given back, though there is no more of it than there was.
    if (this.stale) this.relievedAt = 0;
    this.stale = false;
    this.written = 0;
    this.asked = 0;
    this.used = measure();
    for (const relieve of this.isTimeForRelief() ? relief : []) {
      if (this.used <= bytesMax * reliefShare) break;
      relieve();
      this.used = measure();
      this.relievedAt = this.used;
    }
    const left = Math.max(0, bytesMax - this.used) * stepShare;
    this.stepBytes = Math.min(stepBytesMax, Math.max(stepBytesMin, left));
  }

  /** What was let go of just now is not there again at once. */
  private isTimeForRelief(): boolean {
    return this.used > this.relievedAt + this.options.bytesMax / 100;
  }
}
