import { symbolsBits } from './entropy.ts';
import { joinedUtf8 } from './joined-texts.ts';
import { wordCodesBits } from './word-codes.ts';
import { type CutWords, cutWords } from './word-cutter.ts';
import { wordDictionaryBytes } from './word-dictionary.ts';
import type { WordIndex } from './word-index.ts';
import { ascendingWords, frequentFirst } from './word-order.ts';

/** What a column is as words. */
export interface Words {
  /** See `cutWords`. */
  readonly capitals: boolean;
  /** Distinct words, and these as `wordDictionaryBytes` writes them. */
  readonly size: number;
  readonly dictionary: Uint8Array;
  /** Which of them all words are, in the order in which they come: the first `count`. */
  readonly places: Int32Array;
  readonly count: number;
  /** How many each string has. */
  readonly counts: Float64Array;
  /** Bits of the dictionary and of the places by their entropy, about. */
  readonly bits: number;
}

/** Strings as words, with their dictionary in the order in which all is smallest; undefined where there are too many of them. */
export function wordsOf(values: readonly string[], capitals: boolean): Words | undefined {
  const joined = joinedUtf8(values);
  const cut = cutWords(joined, capitals);
  if (cut === undefined) return undefined;
  const { places, count, counts } = cut;
  const { order, dictionary, bits } = bestOrder(joined.bytes, cut.index);
  rank(cut, order);
  return { capitals, size: order.length, dictionary, places, count, counts, bits };
}

/**
 * Columns of the same words have the same dictionary in ascending order, which is written once. So with frequent words first all has
 * to be smaller by such a part.
 */
const savedEach = 20;

interface Ordered {
  readonly order: Int32Array;
  readonly dictionary: Uint8Array;
  readonly bits: number;
}

function bestOrder(bytes: Uint8Array, index: WordIndex): Ordered {
  const ascending = orderedAs(ascendingWords(bytes, index), bytes, index);
  const frequent = orderedAs(frequentFirst(ascending.order, index), bytes, index);
  return frequent.bits * (savedEach + 1) < ascending.bits * savedEach ? frequent : ascending;
}

function orderedAs(order: Int32Array, bytes: Uint8Array, index: WordIndex): Ordered {
  const dictionary = wordDictionaryBytes(bytes, index, order);
  const counts = new Float64Array(order.length);
  for (let rank = 0; rank < order.length; rank++) counts[rank] = index.counts[order[rank]!]!;
  const bits = symbolsBits(dictionary, dictionary.length) + wordCodesBits(counts);
  return { order, dictionary, bits };
}

/** Puts the place in that order in the place of each word. */
function rank({ places, count }: CutWords, order: Int32Array): void {
  const ranks = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) ranks[order[at]!] = at;
  for (let at = 0; at < count; at++) places[at] = ranks[places[at]!]!;
}
