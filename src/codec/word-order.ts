import type { WordIndex } from './word-index.ts';

/** Bytes that are compared as one number. */
const keyBytes = 4;

/** Places are below this. */
const placeLimit = 2 ** 17;

/** The places of words in ascending order of their bytes. */
export function ascendingWords(bytes: Uint8Array, index: WordIndex): Int32Array {
  const { starts, lengths, size } = index;
  const keys = new Float64Array(size);
  for (let place = 0; place < size; place++) {
    const start = starts[place]!;
    const length = lengths[place]!;
    let key = 0;
    for (let at = 0; at < keyBytes; at++) key = key * 256 + (at < length ? bytes[start + at]! : 0);
    keys[place] = key * placeLimit + place;
  }
  keys.sort();
  const order = new Int32Array(size);
  for (let at = 0; at < size; at++) order[at] = keys[at]! % placeLimit;
  for (let from = 0; from < size; ) {
    const beginning = Math.floor(keys[from]! / placeLimit);
    let to = from + 1;
    while (to < size && Math.floor(keys[to]! / placeLimit) === beginning) to++;
    if (to - from > 1) order.subarray(from, to).sort((a, b) => compareWords(bytes, index, a, b));
    from = to;
  }
  return order;
}

/** The same with frequent words first: those that occur 2^n times or more, but not twice as often, stay in their order. */
export function frequentFirst(order: Int32Array, { counts }: WordIndex): Int32Array {
  const next = new Int32Array(33);
  // Leading zeros of the count: the fewer, the more frequent.
  for (let at = 0; at < order.length; at++) next[Math.clz32(counts[order[at]!]!) + 1]!++;
  for (let zeros = 1; zeros < next.length; zeros++) next[zeros]! += next[zeros - 1]!;
  const result = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) {
    const place = order[at]!;
    result[next[Math.clz32(counts[place]!)]!++] = place;
  }
  return result;
}

function compareWords(bytes: Uint8Array, index: WordIndex, left: number, right: number): number {
  const { starts, lengths } = index;
  const leftLength = lengths[left]!;
  const rightLength = lengths[right]!;
  const both = Math.min(leftLength, rightLength);
  for (let at = 0; at < both; at++) {
    const difference = bytes[starts[left]! + at]! - bytes[starts[right]! + at]!;
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}
