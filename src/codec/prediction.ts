import type { WrittenLane } from './block-writer.ts';
import type { Integers } from './integer-codec.ts';
import type { Level } from './plan.ts';

/** Earlier columns that are looked at. */
const lanesMax: Readonly<Record<Level, number>> = { fast: 0, balanced: 16, small: 64 };

/** A prediction costs time on both sides, and its judgement may be wrong by as much. */
const savedEach = 0.97;
const savedMin = 256;

/** Bits of a column, for each of its values, below which no prediction is looked for. */
const dearMin = 0.3;

/** What a prediction must stay below for a column that takes `bitsMax` by itself; 0 or less where none would be worth it. */
export function worth(bitsMax: number, { count }: Integers): number {
  return bitsMax < dearMin * count ? 0 : bitsMax * savedEach - savedMin;
}

/** An earlier column, and how many before the next one it stands. */
export interface Candidate {
  readonly lane: WrittenLane;
  readonly distance: number;
}

/** The columns from which one may be predicted, the nearest first: those of as many values, of which there is more than one. */
export function candidatesOf({ earlier, count }: Integers, level: Level): Candidate[] {
  const candidates: Candidate[] = [];
  const max = lanesMax[level];
  for (let distance = 1; distance <= earlier.length && candidates.length < max; distance++) {
    const lane = earlier[earlier.length - distance]!;
    if (lane.count === count && lane.least < lane.most) candidates.push({ lane, distance });
  }
  return candidates;
}

/** The `max` of the smallest measures. */
export function bestFew<T extends { readonly measure: number }>(all: T[], max: number): T[] {
  return all.sort((left, right) => left.measure - right.measure).slice(0, max);
}
