import type { BlockReader } from './block-reader.ts';
import type { WrittenLane } from './block-writer.ts';
import type { Codec } from './codec.ts';
import { sampleNumbers } from './sample.ts';

/** The largest distance of two values that is exact: what lies farther apart is written by halves. */
export const spanMax = Number.MAX_SAFE_INTEGER;

/** A column of safe integers of either sign, and what one pass over it tells. */
export interface Integers extends WrittenLane {
  /** The greatest common divisor of all differences: at least 1, and 0 where all values are the same. */
  readonly divisor: number;
  /** The columns before it, that it may be predicted from. */
  readonly earlier: readonly WrittenLane[];
}

/** One way to write whole numbers: a reader gets safe integers alone. */
export type IntegerCodec = Codec<Integers, Float64Array>;

/** What is known of the first `count` of `values`. */
export function integersOf(
  values: Float64Array,
  count: number,
  earlier: readonly WrittenLane[] = noLanes,
): Integers {
  return integersFrom(values, count, sampleNumbers(values, count), count, earlier);
}

/** What a column of `count` values is taken for, of which the first `length` of `sample` are the sample. */
export function sampledIntegers(sample: Float64Array, length: number, count: number): Integers {
  return integersFrom(sample, length, sample.subarray(0, length), count, noLanes);
}

function integersFrom(
  values: Float64Array,
  length: number,
  sample: Float64Array,
  count: number,
  earlier: readonly WrittenLane[],
): Integers {
  const { least, most } = rangeOf(values, length);
  // What divides all values divides the sample.
  let divisor = sample.length < length ? divisorOf(sample, sample.length, 0) : 0;
  if (divisor !== 1) divisor = divisorOf(values, length, divisor);
  return { values, count, least, most, divisor, sample, earlier };
}

/** A function of its own, so that the loop is compiled by itself. */
function rangeOf(values: Float64Array, length: number) {
  let least = length === 0 ? 0 : values[0]!;
  let most = least;
  for (let at = 1; at < length; at++) {
    const value = values[at]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return { least, most };
}

const noLanes: readonly WrittenLane[] = [];

/** The greatest common divisor of `known` and of what the values are apart from the first; see `Integers.divisor`. */
function divisorOf(values: Float64Array, length: number, known: number): number {
  let divisor = known;
  const first = values[0]!;
  for (let at = 1; at < length && divisor !== 1; at++) {
    const apart = Math.abs(values[at]! - first);
    const quotient = apart / divisor;
    // The quotient of safe integers is whole only where there is no rest. It is no number where both are 0.
    if (apart !== 0 && Math.floor(quotient) !== quotient) divisor = commonDivisor(divisor, apart);
    else if (divisor === 0) divisor = apart;
  }
  return divisor;
}

function commonDivisor(left: number, right: number): number {
  let a = left;
  let b = right;
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/** True where differences of its values are exact. */
export function isNarrow({ least, most }: Pick<Integers, 'least' | 'most'>): boolean {
  return most - least <= spanMax;
}

/** The largest distance from 0. */
export function largestOf({ least, most }: Pick<Integers, 'least' | 'most'>): number {
  return Math.max(-least, most);
}

/**
 * Refuses what is no safe integer, for readers of bytes. None needs to be looked at that is known to be within `most` of 0.
 */
export function assertSafe(reader: BlockReader, values: Float64Array, most: number): Float64Array {
  if (most <= Number.MAX_SAFE_INTEGER) return values;
  for (let at = 0; at < values.length; at++) {
    if (!Number.isSafeInteger(values[at]!)) throw reader.fail('a number is out of range');
  }
  return values;
}
