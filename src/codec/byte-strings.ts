import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { type ByteCodec, ByteStrings } from './byte-codec.ts';
import { byteCodes } from './byte-codes.ts';
import { byteFixed } from './byte-fixed.ts';
import { bytePlain } from './byte-plain.ts';
import { readWithNamed, writeWithBest } from './codec.ts';
import type { Plan } from './plan.ts';

/** By their ids. */
export const byteCodecs: readonly ByteCodec[] = [bytePlain, byteFixed, byteCodes];

/** Writes byte strings: nothing where there are none, else the codec's number and what it writes. */
export function writeByteStrings(
  out: BlockWriter,
  values: readonly Uint8Array[],
  plan: Plan,
): void {
  if (values.length > 0) writeWithBest(byteCodecs, out, new ByteStrings(values), plan);
}

/** Reads what `writeByteStrings` wrote: views, of which those of the same bytes may be the same. */
export function readByteStrings(reader: BlockReader, count: number): Uint8Array[] {
  return count === 0 ? [] : readWithNamed(byteCodecs, reader, count);
}
