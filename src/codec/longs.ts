import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { readWithNamed, writeWithBest } from './codec.ts';
import { type LongCodec, longsOf } from './long-codec.ts';
import { longHalves } from './long-halves.ts';
import { longOffset } from './long-offset.ts';
import { longScaled } from './long-scaled.ts';
import type { Plan } from './plan.ts';

/** By their ids. */
export const longCodecs: readonly LongCodec[] = [longScaled, longOffset, longHalves];

/** Writes 64-bit integers: nothing where there are none, else the codec's number and what it writes. */
export function writeLongs(out: BlockWriter, values: BigInt64Array, plan: Plan): void {
  if (values.length > 0) writeWithBest(longCodecs, out, longsOf(values), plan);
}

/** Reads what `writeLongs` wrote. */
export function readLongs(reader: BlockReader, count: number): BigInt64Array {
  return count === 0 ? new BigInt64Array(0) : readWithNamed(longCodecs, reader, count);
}
