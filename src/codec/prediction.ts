import type { WrittenLane } from './block-writer.ts';
import { bitLength } from './entropy.ts';
import type { Integers } from './integer-codec.ts';
import type { Level } from './plan.ts';

/** Earlier columns that are looked at. */
const lanesMax: Readonly<Record<Level, number>> = { fast: 0, balanced: 16, small: 64 };

/** A prediction costs time on both sides, and its judgement may be wrong by as much. */
const savedEach = 0.97;
const savedMin = 128;

/** Bits of a column, for each of its values, below which no prediction is looked for. */
const dearMin = 0.7;

/** What a prediction must stay below for a column that takes `bitsMax` by itself; 0 or less where none would be worth it. */
export function worth(bitsMax: number, { count }: Integers): number {
  return bitsMax < dearMin * count ? 0 : bitsMax * savedEach - savedMin;
}

/** The same by arithmetic: of few values, as 0 and 1, each seems to be near to any other. */
export function worthOfSteps(bitsMax: number, column: Integers): number {
  return column.most - column.least < stepsMin ? 0 : worth(bitsMax, column);
}

const stepsMin = 4;

/** An earlier column, and how many before the next one it stands. */
export interface Candidate {
  readonly lane: WrittenLane;
  readonly distance: number;
}

let found:
  | { readonly column: Integers; readonly level: Level; readonly candidates: readonly Candidate[] }
  | undefined;

/** The columns from which one may be predicted, the nearest first: those of as many values, of which there is more than one. */
export function candidatesOf(column: Integers, level: Level): readonly Candidate[] {
  // Each codec that predicts asks for the same ones.
  if (found?.column === column && found.level === level) return found.candidates;
  const { earlier, count } = column;
  const candidates: Candidate[] = [];
  const max = lanesMax[level];
  for (let distance = 1; distance <= earlier.length && candidates.length < max; distance++) {
    const lane = earlier[earlier.length - distance]!;
    if (lane.count === count && lane.least < lane.most) candidates.push({ lane, distance });
  }
  found = { column, level, candidates };
  return candidates;
}

/** The `max` of the smallest measures. */
export function bestFew<T extends { readonly measure: number }>(all: T[], max: number): T[] {
  return all.sort((left, right) => left.measure - right.measure).slice(0, max);
}

/** Values that are looked at first. */
const glances = 128;

let owned: { readonly column: Integers; readonly bits: number } | undefined;

/** Bits of a value of a column by itself at first sight: from the mean, as a step or as a step of steps. */
export function ownBits(column: Integers): number {
  if (owned?.column === column) return owned.bits;
  const { sample } = column;
  const some = sample.subarray(0, glances);
  let [steps, bends, last, lastStep] = [0, 0, some[0] ?? 0, 0];
  for (let at = 1; at < some.length; at++) {
    const step = some[at]! - last;
    steps += bitLength(step);
    bends += bitLength(step - lastStep);
    last = some[at]!;
    lastStep = step;
  }
  const bits = Math.min(spreadBits(some), Math.min(steps, bends) / some.length);
  owned = { column, bits };
  return bits;
}

/** Bits of the distance from the mean, on average. */
export function spreadBits(values: Float64Array): number {
  let mean = 0;
  for (let at = 0; at < values.length; at++) mean += values[at]!;
  mean /= values.length;
  let bits = 0;
  for (let at = 0; at < values.length; at++) bits += bitLength(values[at]! - mean);
  return bits / values.length;
}
