/** Characters that are counted. */
const countedMax = 8192;

/** Of fewer the counts say nothing. */
const countedMin = 256;

/** What a character takes where nothing is known of it: text of a natural language, about. */
const usualBits = 3.6;

/** Characters are told apart by their lower seven bits. */
const kinds = 128;

const pairs = new Uint16Array(kinds * kinds);

/**
 * Bits of a character of these strings, given the one before it (Shannon's order-1 entropy): words come near to what zstd makes
 * of them, and characters drawn at random have all of their bits.
 */
export function characterBits(texts: readonly string[]): number {
  const counted = countPairs(texts);
  if (counted < countedMin) return usualBits;
  let pairSum = 0;
  let singleSum = 0;
  let distinct = 0;
  for (let first = 0; first < kinds; first++) {
    let single = 0;
    for (let at = first * kinds; at < (first + 1) * kinds; at++) {
      const times = pairs[at]!;
      if (times === 0) continue;
      single += times;
      distinct++;
      pairSum += times * Math.log2(times);
    }
    if (single === 0) continue;
    distinct--;
    singleSum += single * Math.log2(single);
  }
  // A small sample does not show all pairs that there are (the correction of Miller and Madow).
  return (singleSum - pairSum + (distinct / 2) * Math.LOG2E) / counted;
}

function countPairs(texts: readonly string[]): number {
  pairs.fill(0);
  let counted = 0;
  let last = 0;
  for (let at = 0; at < texts.length && counted < countedMax; at++) {
    const text = texts[at]!;
    const length = Math.min(text.length, countedMax - counted);
    for (let index = 0; index < length; index++) {
      const kind = text.charCodeAt(index) % kinds;
      pairs[last * kinds + kind]!++;
      last = kind;
    }
    counted += length;
  }
  return counted;
}
