/**
 * A commit's seq is `epoch * 2^40 + position`: its position counts the records of the log, and an epoch is what the log is
 * written in until a history forks (design 6). So no seq is ever given to two commits of histories that know of each other.
 */
export type Seq = number;

const epochSpan = 2 ** 40;

/** The highest epoch: seqs stay below 2^53. */
export const epochMax = 2 ** 13 - 1;

export function seqOf(epoch: number, position: number): Seq {
  return epoch * epochSpan + position;
}

export function epochOf(seq: Seq): number {
  return Math.floor(seq / epochSpan);
}

/** Which record of the log it is: 1, 2, 3 ... */
export function positionOf(seq: Seq): number {
  return seq % epochSpan;
}
