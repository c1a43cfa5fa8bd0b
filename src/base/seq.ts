/** Positions of the log that one epoch has room for: a seq is the epoch times this, and the position. */
const epochSpan = 2 ** 40;

/** Position in the log of the commit with this seq. */
export function positionOf(seq: number): number {
  return seq % epochSpan;
}
