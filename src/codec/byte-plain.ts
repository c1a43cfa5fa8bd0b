import { joinedBytes } from '../base/bytes.ts';
import type { ByteCodec } from './byte-codec.ts';
import { judged } from './codec.ts';
import { symbolsBits } from './entropy.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';

/** Bytes of the sample that are counted. */
const countedMax = 4096;

/** Bytes of more bits each have no words in them. */
const noiseBits = 7;

/** A column of byte strings whose bytes are words, and one whose bytes are noise. */
const words = 0;
const noise = 1;

/**
 * The length of each as a column of integers, then a byte, and all of them: in a stream of text where the byte is 0, of numbers where
 * it is 1. In a frame with texts noise would hide their words.
 */
export const bytePlain: ByteCodec = {
  id: 0,
  name: 'plain',

  judge({ values, sample }) {
    const bytes = joinedBytes(sample);
    const count = (bytes.length * values.length) / sample.length;
    const lengths = integersBits(lengthsOf(sample), values.length);
    return judged(lengths + (bytes.length === 0 ? 0 : symbolsBits(counted(bytes), count)));
  },

  write(out, { values }, plan) {
    const lengths = lengthsOf(values);
    const bytes = joinedBytes(values);
    writeIntegers(out, lengths, lengths.length, plan.part(0));
    const isNoise = bitsEach(counted(bytes)) > noiseBits;
    out.head.u8(isNoise ? noise : words);
    if (isNoise) out.numeric(bytes);
    else out.text(bytes);
    return true;
  },

  read(reader, count) {
    const lengths = readIntegers(reader, count);
    let total = 0;
    for (let at = 0; at < count; at++) {
      if (lengths[at]! < 0) throw reader.fail('a byte string has no length');
      total += lengths[at]!;
    }
    if (!Number.isSafeInteger(total)) throw reader.fail('byte strings are too long');
    const kind = reader.head.u8();
    if (kind > noise) throw reader.fail('byte strings are neither words nor noise');
    const bytes = kind === noise ? reader.numeric(total) : reader.text(total);
    let start = 0;
    return Array.from(lengths, (length) => {
      start += length;
      return bytes.subarray(start - length, start);
    });
  },
};

function lengthsOf(values: readonly Uint8Array[]): Float64Array {
  return Float64Array.from(values, ({ length }) => length);
}

/** The middle of it. */
function counted(bytes: Uint8Array): Uint8Array {
  const start = Math.max(0, (bytes.length - countedMax) >> 1);
  return bytes.subarray(start, start + countedMax);
}

function bitsEach(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : symbolsBits(bytes, bytes.length) / bytes.length;
}
