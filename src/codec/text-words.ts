import type { BlockReader } from './block-reader.ts';
import { judged } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { sampleNumbers } from './sample.ts';
import { charactersOf, type TextCodec } from './text-codec.ts';
import { readWordCodes, wordsMax, writeWordCodes } from './word-codes.ts';
import { readWordDictionary } from './word-dictionary.ts';
import { joinWords } from './word-joiner.ts';
import { phrasesFactor } from './word-phrases.ts';

/** A column of fewer bits a string is nothing to win by: two words in each would have as many. */
const stringBitsMin = 12;

/**
 * Prose: the distinct words, and which of them come one behind the other. A byte for capital letters at the beginnings of sentences
 * (0 as they are, 1 expected), the number of distinct words and the bytes of their dictionary (`word-dictionary.ts`) as varints, these
 * as a stream of text, how many words each string has as a column of integers, and the words by their places in the dictionary as two
 * streams of numbers (`word-codes.ts`). How strings are cut into words `word-cutter.ts` says.
 */
export const textWords: TextCodec = {
  id: 8,
  name: 'words',

  judge(texts, _level, bitsMax) {
    const { values, sample, scale } = texts;
    if (bitsMax < stringBitsMin * values.length) return undefined;
    const { wordGlance } = texts;
    const characters = (charactersOf(sample) - sample.length) * scale;
    if (wordGlance === undefined || wordGlance.bits * characters > bitsMax) return undefined;
    const { words } = texts;
    if (words === undefined) return undefined;
    const { places, count, counts } = words;
    const bits = words.bits * phrasesFactor(places, count);
    return judged(bits + integersBits(sampleNumbers(counts, counts.length), counts.length));
  },

  write(out, { words }, plan) {
    if (words === undefined) return false;
    const { capitals, size, dictionary, places, count, counts } = words;
    out.head.u8(capitals ? 1 : 0);
    out.head.varint(size);
    out.head.varint(dictionary.length);
    out.text(dictionary);
    writeIntegers(out, counts, counts.length, plan.part(0));
    writeWordCodes(out, places, count, size);
    return true;
  },

  read(reader, count) {
    const capitals = reader.head.u8();
    const size = reader.head.varint();
    if (capitals > 1 || size > wordsMax) throw reader.fail('there are no such words');
    const dictionary = readWordDictionary(reader, reader.text(reader.head.varint()), size);
    const counts = readIntegers(reader, count);
    const places = readWordCodes(reader, totalOf(reader, counts), size);
    return joinWords(reader, { dictionary, counts, places, capitals: capitals === 1 });
  },
};

function totalOf(reader: BlockReader, counts: Float64Array): number {
  let total = 0;
  for (let at = 0; at < counts.length; at++) {
    if (counts[at]! < 0) throw reader.fail('a string has no number of words');
    total += counts[at]!;
  }
  if (!Number.isSafeInteger(total)) throw reader.fail('there are too many words');
  return total;
}
