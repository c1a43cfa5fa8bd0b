import { weightOf } from './entropy.ts';

/** Characters that are counted. */
const countedMax = 8192;

/** Of fewer the counts say nothing. */
const countedMin = 256;

/** What a character takes where nothing is known of it: text of a natural language, about. */
const usualBits = 3.6;

/** Characters are told apart by their lower seven bits. */
const kindBits = 7;
const kinds = 1 << kindBits;

const pairs = new Uint16Array(kinds * kinds);

/** How often each character is the first of a pair. */
const singles = new Uint16Array(kinds);

/** The pairs that there are: few of all that could be. */
const seen = new Uint16Array(kinds * kinds);

/**
 * Bits of a character of these strings, given the one before it (Shannon's order-1 entropy): words come near to what zstd makes
 * of them, and characters drawn at random have all of their bits.
 */
export function characterBits(texts: readonly string[]): number {
  let counted = 0;
  let distinct = 0;
  let last = 0;
  for (let at = 0; at < texts.length && counted < countedMax; at++) {
    const text = texts[at]!;
    const length = Math.min(text.length, countedMax - counted);
    for (let index = 0; index < length; index++) {
      const kind = text.charCodeAt(index) % kinds;
      const pair = last * kinds + kind;
      if (pairs[pair]!++ === 0) seen[distinct++] = pair;
      last = kind;
    }
    counted += length;
  }
  const bits = countedBits(distinct);
  return counted < countedMin ? usualBits : bits / counted;
}

/** Bits of all characters in the pairs that were seen, which are forgotten. */
function countedBits(distinct: number): number {
  let sum = 0;
  for (let at = 0; at < distinct; at++) {
    const pair = seen[at]!;
    const times = pairs[pair]!;
    sum -= weightOf(times);
    singles[pair >>> kindBits]! += times;
    pairs[pair] = 0;
  }
  let firsts = 0;
  for (let kind = 0; kind < kinds; kind++) {
    if (singles[kind] === 0) continue;
    sum += weightOf(singles[kind]!);
    singles[kind] = 0;
    firsts++;
  }
  // A small sample does not show all pairs that there are (the correction of Miller and Madow).
  return sum + ((distinct - firsts) / 2) * Math.LOG2E;
}
