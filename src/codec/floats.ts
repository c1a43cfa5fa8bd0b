import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { readWithNamed, writeWithBest } from './codec.ts';
import { floatDouble, floatSingle } from './float-bits.ts';
import type { FloatCodec, Floats } from './float-codec.ts';
import { floatCodes } from './float-codes.ts';
import { floatDecimal, floatDecimalSingle } from './float-decimal.ts';
import type { Plan } from './plan.ts';
import { sampleNumbers } from './sample.ts';

/** By their ids. */
export const floatCodecs: readonly FloatCodec[] = [
  floatDecimal,
  floatDecimalSingle,
  floatSingle,
  floatDouble,
  floatCodes,
];

/** In the order in which they are judged: what needs less work, and makes more needless, comes first. */
const judgedCodecs = [floatDecimal, floatDecimalSingle, floatCodes, floatSingle, floatDouble];

/** Writes the first `count` of `values`: nothing where there are none, else the codec's number and what it writes. */
export function writeFloats(
  out: BlockWriter,
  values: Float64Array,
  count: number,
  plan: Plan,
): void {
  if (count > 0) writeWithBest(judgedCodecs, out, floatsOf(values, count), plan);
}

/** What is known of the first `count` of `values`. */
export function floatsOf(values: Float64Array, count: number): Floats {
  return {
    ...{ values, count },
    sample: sampleNumbers(values, count),
    single: areSingles(values, count),
  };
}

function areSingles(values: Float64Array, count: number): boolean {
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    if (Math.fround(value) !== value && !Number.isNaN(value)) return false;
  }
  return true;
}

/** Reads what `writeFloats` wrote, to the bit. */
export function readFloats(reader: BlockReader, count: number): Float64Array {
  return count === 0 ? new Float64Array(0) : readWithNamed(floatCodecs, reader, count);
}
