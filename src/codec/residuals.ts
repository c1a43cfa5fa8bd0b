import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { bestOf, readWithNamed } from './codec.ts';
import { type IntegerCodec, integersOf, sampledIntegers } from './integer-codec.ts';
import { integerConstant } from './integer-constant.ts';
import { integerOffset } from './integer-offset.ts';
import { integerStep } from './integer-steps.ts';
import { Plan } from './plan.ts';

/**
 * What a prediction leaves is as near to 0 as it is good, or it moves slowly where the prediction is off by about the same: the
 * number of the codec (`offset`, `step` or `constant`) as a byte, then what it writes.
 */
const codecs: readonly IntegerCodec[] = [integerOffset, integerStep, integerConstant];

/** Bits of a column of `count` residuals of which these are the sample; infinite where they are `bitsMax` or more. */
export function residualBits(sample: Float64Array, count: number, bitsMax: number): number {
  const { length } = sample;
  if (length === 0) return Number.POSITIVE_INFINITY;
  const column = sampledIntegers(sample, length, count);
  return bestOf(codecs, column, 'fast', bitsMax)?.bits ?? Number.POSITIVE_INFINITY;
}

/** Writes the first `count` of `values`. False where no codec fits. */
export function writeResiduals(out: BlockWriter, values: Float64Array, count: number): boolean {
  const column = integersOf(values, count);
  const codec = column.divisor === 0 ? integerConstant : bestOf(codecs, column, 'fast')?.codec;
  if (codec === undefined) return false;
  out.head.u8(codec.id);
  return codec.write(out, column, unplanned);
}

/** These codecs keep nothing in it. */
const unplanned = new Plan('fast');

export function readResiduals(reader: BlockReader, count: number): Float64Array {
  return readWithNamed(codecs, reader, count);
}
