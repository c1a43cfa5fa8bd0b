import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { ranked, readWithNamed } from './codec.ts';
import { type IntegerCodec, integersOf } from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';
import { integerStep } from './integer-steps.ts';
import { Plan } from './plan.ts';

/** What a prediction leaves is as near to 0 as it is good, or it moves slowly where the prediction is off by about the same. */
const codecs: readonly IntegerCodec[] = [integerOffset, integerStep];

/** Bits of a column of `count` residuals of which these are the sample. */
export function residualBits(sample: Float64Array, count: number): number {
  const column = { ...integersOf(sample, sample.length), count };
  return ranked(codecs, column, 'fast')[0]?.bits ?? Number.POSITIVE_INFINITY;
}

/** Writes residuals with the better of the two codecs, whose number stands before them. False where none fits. */
export function writeResiduals(out: BlockWriter, values: Float64Array): boolean {
  const column = integersOf(values, values.length);
  const best = ranked(codecs, column, 'fast')[0];
  if (best === undefined) return false;
  out.head.u8(best.codec.id);
  return best.codec.write(out, column, unplanned);
}

/** These codecs keep nothing in it. */
const unplanned = new Plan('fast');

export function readResiduals(reader: BlockReader, count: number): Float64Array {
  return readWithNamed(codecs, reader, count);
}
