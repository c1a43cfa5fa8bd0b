import { readWithNamed, writeWithBest } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import type { Level } from './plan.ts';
import { sampleNumbers } from './sample.ts';
import { charactersOf, type TextCodec, Texts } from './text-codec.ts';
import { textFront } from './text-front.ts';
import { textHex } from './text-hex.ts';
import { textPlain } from './text-plain.ts';
import { textUlid } from './text-ulid.ts';
import { textUuid } from './text-uuid.ts';

/** How the distinct strings are written. */
const entryCodecs: readonly TextCodec[] = [textPlain, textFront, textUuid, textUlid, textHex];

/** Of fewer no codec saves what it costs to choose it. */
const judgedMin = 32;
const plainAlone = [textPlain];

/** Whether the entries are in ascending order, as the plan's parameter says. */
const asTheyCome = 0;
const inOrder = 1;

/** The order in which they come has to save one of as many bits: columns of the same strings have the same text in order, which is written once. */
const savedEach = 5;

/** Where that part of a rough judgement is too much already, a better one costs more than it is worth. */
const hopeless = 0.7;

/** At the level fast more entries are not put in order. */
const sortedMaxFast = 256;

/**
 * A dictionary: the number of distinct strings as a varint, these with one of the codecs plain, front, UUID, ULID and hex, whose id
 * stands before them, then the place of each value among them as a column of integers. The entries are all different, but in any
 * order: ascending ones are smaller themselves, and as they first come their places may be.
 */
export const textCodes: TextCodec = {
  id: 1,
  name: 'codes',

  judge(texts, level, bitsMax = Number.POSITIVE_INFINITY) {
    const { dictionary } = texts;
    if (dictionary === undefined) return undefined;
    const first = roughBits(texts);
    if (hopeless * first > bitsMax) return undefined;
    if (level === 'fast' && dictionary.entries.length > sortedMaxFast) {
      return { bits: first, parameters: [asTheyCome] };
    }
    const second = sortedBits(texts, level);
    return second * savedEach <= first * (savedEach + 1)
      ? { bits: second, parameters: [inOrder] }
      : { bits: first, parameters: [asTheyCome] };
  },

  write(out, texts, plan) {
    const {
      parameters: [order = inOrder],
    } = plan;
    const dictionary = order === inOrder ? texts.sortedDictionary : texts.dictionary;
    if (dictionary === undefined) return false;
    const { entries, places } = dictionary;
    out.head.varint(entries.length);
    const codecs = entries.length < judgedMin ? plainAlone : entryCodecs;
    writeWithBest(codecs, out, new Texts(entries), plan.part(0));
    writeIntegers(out, places, places.length, plan.part(1));
    return true;
  },

  read(reader, count) {
    const size = reader.head.varint();
    if (size > count || (size === 0 && count > 0)) throw reader.fail('there are too many codes');
    const entries = readWithNamed(entryCodecs, reader, size);
    const places = readIntegers(reader, count);
    const values: string[] = new Array(count);
    for (let at = 0; at < count; at++) {
      const value = entries[places[at]!];
      if (value === undefined) throw reader.fail('a code stands for nothing');
      values[at] = value;
    }
    return values;
  },
};

/** Bits with plain entries in the order in which they come. */
function roughBits({ dictionary, characterBits }: Texts): number {
  const { entries, places } = dictionary!;
  const placesBits = integersBits(sampleNumbers(places, places.length), places.length);
  return charactersOf(entries) * characterBits + placesBits;
}

/** Bits with entries in ascending order, plain or by what each shares with the one before. */
function sortedBits({ sortedDictionary, characterBits }: Texts, level: Level): number {
  const { entries, places } = sortedDictionary!;
  const placesBits = integersBits(sampleNumbers(places, places.length), places.length);
  const plainBits = charactersOf(entries) * characterBits;
  const front = textFront.judge(new Texts(entries), level, plainBits);
  return placesBits + Math.min(plainBits, front?.bits ?? plainBits);
}
