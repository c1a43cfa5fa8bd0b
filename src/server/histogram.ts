import type { Histogram as HistogramMessage } from '../../gen/ts/syncdb/v1/admin_service.ts';

/** Upper ends of buckets. */
const durationsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000];
const commits = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const bytes = [1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24];

/** How values are spread over buckets that never change. Adding one allocates nothing. */
export class Histogram {
  private readonly bounds: readonly number[];
  private readonly counts: Float64Array;
  private sum = 0;

  /** `bounds` ascend; a value that is equal to one is in its bucket. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  static ofDurationsMs(): Histogram {
    return new Histogram(durationsMs);
  }

  static ofCommits(): Histogram {
    return new Histogram(commits);
  }

  static ofBytes(): Histogram {
    return new Histogram(bytes);
  }

  add(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += value;
  }

  toWire(): HistogramMessage {
    return {
      bounds: this.bounds.map(BigInt),
      counts: Array.from(this.counts, BigInt),
      sum: BigInt(Math.round(this.sum)),
    };
  }
}
