import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { ranked, readWithNamed, writeWithBest } from './codec.ts';
import { type IntegerCodec, type Integers, integersOf } from './integer-codec.ts';
import { integerCodes } from './integer-codes.ts';
import { integerDifference } from './integer-difference.ts';
import { integerHalves } from './integer-halves.ts';
import { integerOffset } from './integer-offset.ts';
import { integerRank } from './integer-rank.ts';
import { integerBend, integerClimb, integerStep } from './integer-steps.ts';
import { integerTotal } from './integer-total.ts';
import type { Plan } from './plan.ts';

/** By their ids. Each column takes the one of the fewest bits. */
export const integerCodecs: readonly IntegerCodec[] = [
  integerOffset,
  integerStep,
  integerClimb,
  integerBend,
  integerCodes,
  integerHalves,
  integerDifference,
  integerTotal,
  integerRank,
];

/**
 * Writes the first `count` of `values`, which are safe integers: nothing where there are none, else the codec's number and what
 * it writes. The array is kept, and later columns may be predicted from it.
 */
export function writeIntegers(
  out: BlockWriter,
  values: Float64Array,
  count: number,
  plan: Plan,
): void {
  if (count > 0) {
    const column = integersOf(values, count, out.lanes);
    if (column.divisor > 0) writeWithBest(integerCodecs, out, column, plan);
    else writeOne(out, column, plan);
  }
  out.lanes.push({ values, count });
}

/** A column of one value, whatever was planned for others. */
function writeOne(out: BlockWriter, column: Integers, plan: Plan): void {
  out.head.u8(integerOffset.id);
  integerOffset.write(out, column, plan);
}

/** Bits that a column of `count` values would take by itself, of which these are the sample. */
export function integersBits(sample: Float64Array, count: number): number {
  const column = { ...integersOf(sample, sample.length), count };
  return ranked(integerCodecs, column, 'fast')[0]?.bits ?? 64 * count;
}

/** Reads what `writeIntegers` wrote, and only safe integers. */
export function readIntegers(reader: BlockReader, count: number): Float64Array {
  const values = count === 0 ? new Float64Array(0) : readWithNamed(integerCodecs, reader, count);
  reader.lanes.push({ values, count });
  return values;
}
