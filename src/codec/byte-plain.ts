import { joinedBytes } from '../base/bytes.ts';
import type { ByteCodec } from './byte-codec.ts';
import { countedOf, readStream, writeStream } from './byte-stream.ts';
import { judged } from './codec.ts';
import { symbolsBits } from './entropy.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';

/** The length of each as a column of integers, then all of them as one stream of bytes (`writeStream`). */
export const bytePlain: ByteCodec = {
  id: 0,
  name: 'plain',

  judge({ values, sample }) {
    const bytes = joinedBytes(sample);
    const count = (bytes.length * values.length) / sample.length;
    const lengths = integersBits(lengthsOf(sample), values.length);
    return judged(lengths + (bytes.length === 0 ? 0 : symbolsBits(countedOf(bytes), count)));
  },

  write(out, { values }, plan) {
    const lengths = lengthsOf(values);
    const bytes = joinedBytes(values);
    writeIntegers(out, lengths, lengths.length, plan.part(0));
    writeStream(out, bytes);
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
    const bytes = readStream(reader, total);
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
