import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { bestOf, readWithNamed, writeWithBest } from './codec.ts';
import { type IntegerCodec, integersOf, sampledIntegers } from './integer-codec.ts';
import { integerCodes } from './integer-codes.ts';
import { integerConstant } from './integer-constant.ts';
import { integerDifference } from './integer-difference.ts';
import { integerHalves } from './integer-halves.ts';
import { integerLag } from './integer-lag.ts';
import { integerLinear } from './integer-linear.ts';
import { integerOffset } from './integer-offset.ts';
import { integerRank } from './integer-rank.ts';
import { integerBend, integerClimb, integerStep } from './integer-steps.ts';
import { integerTotal } from './integer-total.ts';
import { integerTurn } from './integer-turn.ts';
import type { Plan } from './plan.ts';
import { sampleNumbers } from './sample.ts';

/** The codecs that a column needs no other for. */
const ownCodecs: readonly IntegerCodec[] = [
  integerOffset,
  integerStep,
  integerClimb,
  integerBend,
  integerCodes,
  integerHalves,
];

/** By their ids. Each column takes the one of the fewest bits. */
export const integerCodecs: readonly IntegerCodec[] = [
  ...ownCodecs,
  integerDifference,
  integerTotal,
  integerRank,
  integerTurn,
  integerLinear,
  integerLag,
  integerConstant,
];

/**
 * Writes the first `count` of `values`, which are safe integers (-0 is taken for 0): nothing where there are none, else the codec's
 * number and what it writes. The array is kept, and later columns may be predicted from it.
 */
export function writeIntegers(
  out: BlockWriter,
  values: Float64Array,
  count: number,
  plan: Plan,
): void {
  const column = integersOf(values, count, out.lanes);
  if (column.divisor > 0) {
    writeWithBest(plan.level === 'fast' ? ownCodecs : integerCodecs, out, column, plan);
  } else if (count > 0) {
    // Whatever was planned for others.
    out.head.u8(integerConstant.id);
    integerConstant.write(out, column, plan);
  }
  out.lanes.push(column);
}

/** Bits that a column of `count` values would take by itself, of which these are the sample. */
export function integersBits(sample: Float64Array, count: number): number {
  if (sample.length === 0) return 0;
  const some = sampleNumbers(sample, sample.length);
  const column = sampledIntegers(some, some.length, count);
  if (column.divisor === 0) return oneValueBits;
  return bestOf(ownCodecs, column, 'fast')?.bits ?? 64 * count;
}

const oneValueBits = 24;

/** Reads what `writeIntegers` wrote, and only safe integers. */
export function readIntegers(reader: BlockReader, count: number): Float64Array {
  const values = count === 0 ? new Float64Array(0) : readWithNamed(integerCodecs, reader, count);
  reader.lanes.push({ values, count });
  return values;
}
