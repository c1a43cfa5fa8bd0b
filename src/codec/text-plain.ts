import { decodeUtf8, encodeUtf8, utf8Length } from '../base/utf8.ts';
import type { BlockReader } from './block-reader.ts';
import { judged } from './codec.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { distinctBits, repetitionBits, type TextCodec } from './text-codec.ts';

/** Their lengths in bytes as a column of integers, then all of them in UTF-8. */
export const textPlain: TextCodec = {
  id: 0,
  name: 'plain',

  judge({ values, sample, distinct }) {
    const again = sample.length - distinct.size;
    const bits = distinctBits(distinct) + again * repetitionBits;
    return judged((bits * values.length) / sample.length);
  },

  write(out, { values }, plan) {
    const text = values.join('');
    const bytes = encodeUtf8(text);
    const isAscii = bytes.length === text.length;
    const lengths = new Float64Array(values.length);
    for (let at = 0; at < lengths.length; at++) {
      const value = values[at]!;
      lengths[at] = isAscii ? value.length : utf8Length(value);
    }
    writeIntegers(out, lengths, lengths.length, plan.part(0));
    out.text(bytes);
    return true;
  },

  read(reader, count) {
    const lengths = readIntegers(reader, count);
    let total = 0;
    for (let at = 0; at < count; at++) {
      if (lengths[at]! < 0) throw reader.fail('a string has no length');
      total += lengths[at]!;
    }
    if (!Number.isSafeInteger(total)) throw reader.fail('strings are too long');
    return split(reader, lengths, total);
  },
};

/** All of it is decoded in one go, and cut where a character is a byte. */
function split(reader: BlockReader, lengths: Float64Array, total: number): string[] {
  const bytes = reader.text(total);
  const text = decoded(reader, bytes, 0, total);
  const isAscii = text.length === total;
  const values: string[] = new Array(lengths.length);
  let start = 0;
  for (let at = 0; at < values.length; at++) {
    const end = start + lengths[at]!;
    values[at] = isAscii ? text.slice(start, end) : decoded(reader, bytes, start, end);
    start = end;
  }
  return values;
}

function decoded(reader: BlockReader, bytes: Uint8Array, start: number, end: number): string {
  try {
    return decodeUtf8(bytes, start, end);
  } catch {
    throw reader.fail('a string is not UTF-8');
  }
}
