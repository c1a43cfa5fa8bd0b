import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { symbolsBits } from './entropy.ts';

/** Bytes of a stream that are counted. */
const countedMax = 4096;

/** Bytes of more bits each have no words in them. */
const noiseBits = 7;

/** A stream whose bytes are words, and one whose bytes are noise. */
const words = 0;
const noise = 1;

/**
 * Bytes whose number the reader knows: a byte, and all of them, in a stream of text where the byte is 0, of numbers where it is 1. In
 * a frame with texts noise would hide their words. The bytes are kept, not copied.
 */
export function writeStream(out: BlockWriter, bytes: Uint8Array): void {
  const isNoise = bitsEach(countedOf(bytes)) > noiseBits;
  out.head.u8(isNoise ? noise : words);
  if (isNoise) out.numeric(bytes);
  else out.text(bytes);
}

/** Reads what `writeStream` wrote of `length` bytes: a view. */
export function readStream(reader: BlockReader, length: number): Uint8Array {
  const kind = reader.head.u8();
  if (kind > noise) throw reader.fail('byte strings are neither words nor noise');
  return kind === noise ? reader.numeric(length) : reader.text(length);
}

/** The middle of it. */
export function countedOf(bytes: Uint8Array): Uint8Array {
  const start = Math.max(0, (bytes.length - countedMax) >> 1);
  return bytes.subarray(start, start + countedMax);
}

function bitsEach(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : symbolsBits(bytes, bytes.length) / bytes.length;
}
