import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { type ByteCodec, ByteStrings } from './byte-codec.ts';
import { byteCodes } from './byte-codes.ts';
import { areSame, byteConstant } from './byte-constant.ts';
import { byteFixed } from './byte-fixed.ts';
import { bytePlain } from './byte-plain.ts';
import { readWithNamed, writeWithBest } from './codec.ts';
import type { Plan } from './plan.ts';

/** In the order in which they are judged, and by their ids. */
const judgedCodecs: readonly ByteCodec[] = [bytePlain, byteFixed, byteCodes];
export const byteCodecs: readonly ByteCodec[] = [...judgedCodecs, byteConstant];

/** Writes byte strings: nothing where there are none, else the codec's number and what it writes. */
export function writeByteStrings(
  out: BlockWriter,
  values: readonly Uint8Array[],
  plan: Plan,
): void {
  if (values.length === 0) return;
  const strings = new ByteStrings(values);
  if (areSame(values)) {
    // Whatever was planned for others.
    out.head.u8(byteConstant.id);
    byteConstant.write(out, strings, plan);
  } else writeWithBest(judgedCodecs, out, strings, plan);
}

/** Reads what `writeByteStrings` wrote: views, of which those of the same bytes may be the same. */
export function readByteStrings(reader: BlockReader, count: number): Uint8Array[] {
  return count === 0 ? [] : readWithNamed(byteCodecs, reader, count);
}
