import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';

/**
 * Places in a dictionary as one byte or two: the first ones have a byte of their own, and the others one of the highest bytes, with a
 * second byte behind it that stands in a stream of its own. So bytes of frequent words are coded by how often each word occurs,
 * which the planes of a number would not allow.
 */

/** Distinct words of a dictionary. */
export const wordsMax = 1 + 255 * 256;

/** Places below this have one byte. */
function oneByteMax(size: number): number {
  return 256 - Math.max(0, Math.ceil((size - 256) / 255));
}

/** Writes the first `count` of `places`, each below `size`. */
export function writeWordCodes(
  out: BlockWriter,
  places: Int32Array,
  count: number,
  size: number,
): void {
  const limit = oneByteMax(size);
  const first = new Uint8Array(count);
  const second = new Uint8Array(limit === 256 ? 0 : count);
  let twos = 0;
  for (let at = 0; at < count; at++) {
    const place = places[at]!;
    if (place < limit) first[at] = place;
    else {
      first[at] = limit + ((place - limit) >>> 8);
      second[twos++] = place - limit;
    }
  }
  out.numeric(first);
  out.numeric(second.subarray(0, twos));
}

/** Reads `count` places. DATA_LOSS where one is not below `size`. */
export function readWordCodes(reader: BlockReader, count: number, size: number): Uint16Array {
  const limit = oneByteMax(size);
  const first = reader.numeric(count);
  let twos = 0;
  for (let at = 0; at < count; at++) if (first[at]! >= limit) twos++;
  const second = reader.numeric(twos);
  const places = new Uint16Array(count);
  let next = 0;
  let most = -1;
  for (let at = 0; at < count; at++) {
    const byte = first[at]!;
    const place = byte < limit ? byte : limit + ((byte - limit) << 8) + second[next++]!;
    if (place > most) most = place;
    places[at] = place;
  }
  if (most >= size) throw reader.fail('a code stands for no word');
  return places;
}

const firstCounts = new Float64Array(256);
const secondCounts = new Float64Array(256);

/** Bits of the codes of words that occur so often, in the order of their places. */
export function wordCodesBits(counts: ArrayLike<number>): number {
  const limit = oneByteMax(counts.length);
  firstCounts.fill(0);
  secondCounts.fill(0);
  for (let place = 0; place < counts.length; place++) {
    const times = counts[place]!;
    if (place < limit) firstCounts[place]! += times;
    else {
      firstCounts[limit + ((place - limit) >>> 8)]! += times;
      secondCounts[(place - limit) & 0xff]! += times;
    }
  }
  return entropyBits(firstCounts) + entropyBits(secondCounts);
}

/** A frame of its own, and a place in its table of codes for each byte that occurs. */
const frameBits = 10 * 8;
const symbolBits = 4;

function entropyBits(counts: Float64Array): number {
  let total = 0;
  let bits = frameBits;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const times = counts[symbol]!;
    if (times === 0) continue;
    total += times;
    bits += symbolBits - times * Math.log2(times);
  }
  return total === 0 ? 0 : bits + total * Math.log2(total);
}
