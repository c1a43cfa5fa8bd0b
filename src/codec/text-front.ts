import type { BlockReader } from './block-reader.ts';
import { characterBits } from './character-bits.ts';
import { judged } from './codec.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { TextBuilder } from './text-builder.ts';
import { charactersOf, type TextCodec, Texts } from './text-codec.ts';
import { isWithinPair, type JoinedTexts, readJoined, textPlain } from './text-plain.ts';

/** A shared beginning is counted up to here. */
const sharedMax = 255;

/** Of as many characters that are left one must have been shared. */
const sharedEach = 8;

/** What the length of a shared beginning takes, about. */
const sharedBits = 4;

/**
 * Front coding, for strings in order: how many characters (in units of UTF-16) each shares with the one before it, as a column of
 * integers, then the rest of each as `plain`. The first shares none; a pair of surrogates is not divided.
 */
export const textFront: TextCodec = {
  id: 2,
  name: 'front',

  judge({ sample, scale }) {
    const lengths = new Int32Array(sample.length);
    let shared = 0;
    let last = '';
    for (let at = 0; at < lengths.length; at++) {
      const value = sample[at]!;
      lengths[at] = sharedLength(last, value);
      shared += lengths[at]!;
      last = value;
    }
    const left = charactersOf(sample) - shared;
    if (shared * sharedEach < left) return undefined;
    const rests = sample.map((value, at) => value.slice(lengths[at]));
    // What is left of strings in order is harder to tell than all of them.
    return judged((left * characterBits(rests) + rests.length * sharedBits) * scale);
  },

  write(out, { values }, plan) {
    const shared = new Float64Array(values.length);
    const rests: string[] = new Array(values.length);
    let last = '';
    for (let at = 0; at < rests.length; at++) {
      const value = values[at]!;
      const length = sharedLength(last, value);
      shared[at] = length;
      rests[at] = value.slice(length);
      last = value;
    }
    writeIntegers(out, shared, shared.length, plan.part(0));
    return textPlain.write(out, new Texts(rests), plan.part(1));
  },

  read(reader, count) {
    const shared = readIntegers(reader, count);
    const rests = readJoined(reader, count);
    // A few bytes could stand for very long strings.
    checkShared(reader, shared, rests.lengths);
    return rests.isAscii ? joinBytes(reader, shared, rests) : joinTexts(reader, shared, rests);
  },
};

function checkShared(reader: BlockReader, shared: Float64Array, lengths: Float64Array): void {
  let last = 0;
  for (let at = 0; at < shared.length; at++) {
    const length = shared[at]!;
    if (length < 0 || length > last) throw reader.fail('a string shares too much');
    last = length + lengths[at]!;
  }
}

function joinBytes(
  reader: BlockReader,
  shared: Float64Array,
  { text, lengths }: JoinedTexts,
): string[] {
  const builder = new TextBuilder(reader, shared.length, text.length + shared.length);
  let start = 0;
  for (let at = 0; at < shared.length; at++) {
    const end = start + lengths[at]!;
    builder.again(shared[at]!);
    builder.ascii(text, start, end);
    builder.end();
    start = end;
  }
  return builder.texts();
}

function joinTexts(
  reader: BlockReader,
  shared: Float64Array,
  { text, lengths }: JoinedTexts,
): string[] {
  const values: string[] = new Array(shared.length);
  let last = '';
  let start = 0;
  for (let at = 0; at < values.length; at++) {
    const length = shared[at]!;
    const end = start + lengths[at]!;
    if (isWithinPair(last, length) || isWithinPair(text, end)) {
      throw reader.fail('a string ends within a character');
    }
    reader.allowText(length);
    last = last.slice(0, length) + text.slice(start, end);
    values[at] = last;
    start = end;
  }
  return values;
}

function sharedLength(left: string, right: string): number {
  const max = Math.min(left.length, right.length, sharedMax);
  let length = 0;
  while (length < max && left.charCodeAt(length) === right.charCodeAt(length)) length++;
  return isWithinPair(left, length) || isWithinPair(right, length) ? length - 1 : length;
}
