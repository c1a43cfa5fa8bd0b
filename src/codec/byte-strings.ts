import { joinedBytes } from '../base/bytes.ts';
import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import type { Plan } from './plan.ts';

/** Writes byte strings: their lengths as a column of integers, then all of them. */
export function writeByteStrings(
  out: BlockWriter,
  values: readonly Uint8Array[],
  plan: Plan,
): void {
  const lengths = Float64Array.from(values, ({ length }) => length);
  writeIntegers(out, lengths, lengths.length, plan.part(0));
  out.text(joinedBytes(values));
}

/** Reads what `writeByteStrings` wrote: views of the block. */
export function readByteStrings(reader: BlockReader, count: number): Uint8Array[] {
  const lengths = readIntegers(reader, count);
  let total = 0;
  for (let at = 0; at < count; at++) {
    if (lengths[at]! < 0) throw reader.fail('a byte string has no length');
    total += lengths[at]!;
  }
  if (!Number.isSafeInteger(total)) throw reader.fail('byte strings are too long');
  const bytes = reader.text(total);
  let start = 0;
  return Array.from(lengths, (length) => {
    start += length;
    return bytes.subarray(start - length, start);
  });
}
