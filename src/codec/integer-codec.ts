import type { BlockReader } from './block-reader.ts';
import type { Lane } from './block-writer.ts';
import type { Codec } from './codec.ts';
import { sampleNumbers } from './sample.ts';

/** The largest distance of two values that is exact: what lies farther apart is written by halves. */
export const spanMax = Number.MAX_SAFE_INTEGER;

/** A column of safe integers of either sign, and what one pass over it tells. */
export interface Integers extends Lane {
  readonly least: number;
  readonly most: number;
  /** The greatest common divisor of all differences: at least 1, and 0 where all values are the same. */
  readonly divisor: number;
  /** Some of the values, in stretches. */
  readonly sample: Float64Array;
  /** The columns before it, that it may be predicted from. */
  readonly earlier: readonly Lane[];
}

/** One way to write whole numbers: a reader gets safe integers alone. */
export type IntegerCodec = Codec<Integers, Float64Array>;

/** One pass over the first `count` of `values`. */
export function integersOf(
  values: Float64Array,
  count: number,
  earlier: readonly Lane[] = noLanes,
): Integers {
  const first = count === 0 ? 0 : values[0]!;
  let least = first;
  let most = first;
  let divisor = 0;
  for (let at = 1; at < count; at++) {
    const value = values[at]!;
    if (value < least) least = value;
    else if (value > most) most = value;
    if (divisor !== 1) divisor = commonDivisor(divisor, Math.abs(value - first));
  }
  const sample = sampleNumbers(values, count);
  return { values, count, least, most, divisor, sample, earlier };
}

const noLanes: readonly Lane[] = [];

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

/** Refuses what is no safe integer, for readers of bytes. */
export function assertSafe(reader: BlockReader, values: Float64Array): Float64Array {
  for (let at = 0; at < values.length; at++) {
    if (!Number.isSafeInteger(values[at]!)) throw reader.fail('a number is out of range');
  }
  return values;
}
