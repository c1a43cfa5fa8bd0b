import { assert } from '../base/errors.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { BlockReader } from './block-reader.ts';
import { judged } from './codec.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { charactersOf, repetitionBits, type TextCodec } from './text-codec.ts';

/**
 * All of them in UTF-8: the number of bytes as a varint, the length of each in units of UTF-16 as a column of integers, then the
 * bytes as a stream of text. No string begins or ends within a pair of surrogates.
 */
export const textPlain: TextCodec = {
  id: 0,
  name: 'plain',

  judge({ values, dictionary, sample, scale, characterBits }) {
    if (dictionary === undefined) return judged(charactersOf(sample) * characterBits * scale);
    const again = values.length - dictionary.entries.length;
    return judged(charactersOf(dictionary.entries) * characterBits + again * repetitionBits);
  },

  write(out, { values }, plan) {
    const lengths = new Float64Array(values.length);
    let total = 0;
    for (let at = 0; at < lengths.length; at++) {
      const { length } = values[at]!;
      lengths[at] = length;
      total += length;
    }
    const bytes = joinedUtf8(values, total);
    out.head.varint(bytes.length);
    writeIntegers(out, lengths, lengths.length, plan.part(0));
    out.text(bytes);
    return true;
  },

  read(reader, count) {
    const { text, lengths, isAscii } = readJoined(reader, count);
    const values: string[] = new Array(count);
    let start = 0;
    for (let at = 0; at < count; at++) {
      const end = start + lengths[at]!;
      if (!isAscii && isWithinPair(text, end))
        throw reader.fail('a string ends within a character');
      values[at] = text.slice(start, end);
      start = end;
    }
    return values;
  },
};

/** Strings of more characters on average are joined as strings. */
const shortLength = 40;

/** The UTF-8 of all of `values`, which have `total` units of UTF-16. */
function joinedUtf8(values: readonly string[], total: number): Uint8Array {
  if (total > values.length * shortLength) return encodeJoined(values, total);
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return encodeJoined(values, total);
      bytes[offset++] = unit;
    }
  }
  return bytes;
}

function encodeJoined(values: readonly string[], total: number): Uint8Array {
  const bytes = encodeUtf8(values.join(''));
  // Joined first: half a pair at the end of one string would find the other half in the next.
  if (bytes.length > total) {
    for (const value of values) assert(value.isWellFormed(), 'a string has a lone surrogate');
  }
  return bytes;
}

/** What `textPlain` wrote, before it is cut into strings. Their lengths are 0 and up, and come to that of the text. */
export interface JoinedTexts {
  readonly text: string;
  /** Of each string, in units of UTF-16. */
  readonly lengths: Float64Array;
  readonly isAscii: boolean;
}

export function readJoined(reader: BlockReader, count: number): JoinedTexts {
  const size = reader.head.varint();
  const lengths = readIntegers(reader, count);
  let total = 0;
  for (let at = 0; at < count; at++) {
    if (lengths[at]! < 0) throw reader.fail('a string has no length');
    total += lengths[at]!;
  }
  const text = decoded(reader, reader.text(size));
  if (text.length !== total) throw reader.fail('strings are not as long as their text');
  return { text, lengths, isAscii: total === size };
}

function decoded(reader: BlockReader, bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw reader.fail('a string is not UTF-8');
  }
}

/** Whether the units of UTF-16 before and behind a place are one character. */
export function isWithinPair(text: string, place: number): boolean {
  const unit = text.charCodeAt(place);
  return unit >= 0xdc00 && unit < 0xe000;
}
