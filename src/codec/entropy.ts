import { streamBytesMin } from './block-writer.ts';

/**
 * Bits that values take when each is coded by how often it occurs (Shannon's order-0 entropy), and what zstd takes beside at level
 * 3, as measured on streams of numbers. It judges plans; what is written never depends on more than the choice.
 */

/** A frame of its own, and an entry for it. */
const frameBits = 10 * 8;

/** A symbol's place in a table of codes, about. */
const symbolBits = 4;

/** A run of the same symbol: its length and its distance, about. */
const runBits = 20;

/** What a symbol takes beside its entropy where repetitions are found that chance has made, and that are dearer than codes. */
const chanceBits = 0.75;

/** Symbols of the shortest repetition. */
const repeatedMin = 5;

/** What a symbol of a short stream takes beside its entropy: it shares the codes of the head. */
const sharedBits = 2;

const counts = new Uint32Array(256);

/** `n * log2(n)` of what is counted mostly. */
const weights = Float64Array.from({ length: 2049 }, (_, times) =>
  times === 0 ? 0 : times * Math.log2(times),
);

/** `times * log2(times)`, and 0 of 0. */
export function weightOf(times: number): number {
  return times < weights.length ? weights[times]! : times * Math.log2(times);
}

/** Words of 32 bits of a sample on its way. */
let words = new Int32Array(1024);

/**
 * Bits of as many byte planes of whole numbers from 0 up, in a column of `count` values of which these are the sample; or of fewer
 * planes where these have `bitsMax` already.
 */
export function planesBits(
  sample: Float64Array,
  planes: number,
  count: number,
  bitsMax = Number.POSITIVE_INFINITY,
): number {
  const { length } = sample;
  if (words.length < length) words = new Int32Array(length);
  for (let at = 0; at < length; at++) words[at] = sample[at]!;
  let bits = 0;
  for (let plane = 0; plane < planes && bits < bitsMax; plane++) {
    // A shift takes its number modulo 2^32.
    if (plane === 4) for (let at = 0; at < length; at++) words[at] = sample[at]! / 0x1_0000_0000;
    bits += planeBits(length, 8 * (plane % 4), count);
  }
  return bits;
}

/** Bits of one byte of each of the first `length` words. */
function planeBits(length: number, shift: number, count: number): number {
  counts.fill(0);
  let runs = 0;
  let last = -1;
  for (let at = 0; at < length; at++) {
    const byte = (words[at]! >>> shift) & 0xff;
    counts[byte]!++;
    if (byte !== last) runs++;
    last = byte;
  }
  return countedBits(length, runs, count);
}

/** Bits of a stream of `count` bytes of which these are the sample. */
export function symbolsBits(sample: Uint8Array, count: number): number {
  counts.fill(0);
  const { length } = sample;
  let runs = 0;
  let last = -1;
  for (let at = 0; at < length; at++) {
    const byte = sample[at]!;
    counts[byte]!++;
    if (byte !== last) runs++;
    last = byte;
  }
  return countedBits(length, runs, count);
}

/** The same of what stands in `counts`, which has `length` symbols in so many runs. */
function countedBits(length: number, runs: number, count: number): number {
  let distinct = 0;
  let sum = 0;
  let squares = 0;
  for (let symbol = 0; symbol < 256; symbol++) {
    const times = counts[symbol]!;
    if (times === 0) continue;
    distinct++;
    sum += weightOf(times);
    squares += times * times;
  }
  if (distinct <= 1) return frameBits;
  // A sample has fewer symbols than the whole, and seems to be more alike (Miller and Madow).
  const unseen = ((distinct - 1) * Math.LOG2E) / (2 * length);
  const rest = count > length ? unseen * (1 - length / count) : 0;
  const entropy = Math.log2(length) - sum / length + rest;
  const runsEach = (runs / length) * runBits;
  if (count < streamBytesMin) return Math.min(8, entropy + sharedBits, runsEach) * count;
  // By chance a few symbols are repeated where they are as likely as there are places from which.
  const alike = 2 * Math.log2(length) - Math.log2(squares);
  const repeated = (Math.log2(count) + 3 - repeatedMin * alike) / 4;
  const chance = chanceBits * Math.min(1, Math.sqrt(entropy)) * Math.min(1, Math.max(0, repeated));
  const each = Math.min(8, entropy + chance, runsEach);
  return frameBits + distinct * symbolBits + each * count;
}

/** Bits of the whole part of a number: what is nearer to 0 has fewer. At most 33. */
export function bitLength(value: number): number {
  const size = Math.abs(value);
  return size < 0x1_0000_0000 ? 32 - Math.clz32(size) : 33;
}

/** Bytes that hold `value`, a whole number from 0 up to 2^53: 0 to 7. */
export function bytesFor(value: number): number {
  let bytes = 0;
  for (let rest = value; rest >= 1; rest /= 256) bytes++;
  return bytes;
}
