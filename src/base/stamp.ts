/**
 * Hybrid logical clock stamps (Kulkarni et al., "Logical Physical Clocks", 2014) in one safe integer:
 * milliseconds since 1970 times 1024 plus a logical counter, which carries into the milliseconds. Good until
 * the year 2248.
 */
export type Stamp = number;

const logicalSteps = 1024;

export function stampOf(ms: number, logical = 0): Stamp {
  return ms * logicalSteps + logical;
}

export function stampMs(stamp: Stamp): number {
  return Math.floor(stamp / logicalSteps);
}

/**
 * The stamp under which the home stores a write (design 5): never behind what the writer had seen, never
 * further ahead of the home's clock than the bound.
 */
export function boundedStamp(writer: Stamp, base: Stamp, nowMs: number, aheadMsMax: number): Stamp {
  return Math.min(Math.max(writer, base + 1), stampOf(nowMs + aheadMsMax));
}

/** The next stamp of a local clock: past both the clock on the wall and the last stamp. */
export function nextStamp(nowMs: number, last: Stamp): Stamp {
  return Math.max(stampOf(nowMs), last + 1);
}
