/**
 * Bits that values take when each is coded by how often it occurs (Shannon's order-0 entropy), which is what zstd does with a
 * stream of numbers in which it finds no repetition. It judges plans; what is written never depends on more than the choice.
 */

/** A frame of its own, and an entry for it. */
const frameBits = 10 * 8;

/** A symbol's place in a table of codes, about. */
const symbolBits = 4;

/** A repetition: its length and its distance, about. */
const runBits = 20;

const counts = new Uint32Array(256);

/** `n * log2(n)`. */
const weights = Float64Array.from({ length: 2049 }, (_, times) => weightOf(times));

function weightOf(times: number): number {
  return times === 0 ? 0 : times * Math.log2(times);
}

/** Bits of as many byte planes of whole numbers from 0 up, in a column of `count` values of which these are the sample. */
export function planesBits(sample: Float64Array, planes: number, count: number): number {
  let bits = 0;
  for (let plane = 0; plane < planes; plane++) bits += planeBits(sample, plane, count);
  return bits;
}

function planeBits(sample: Float64Array, plane: number, count: number): number {
  counts.fill(0);
  const { length } = sample;
  // A shift takes its number modulo 2^32.
  const scale = plane < 4 ? 1 : 1 / 0x1_0000_0000;
  const shift = 8 * (plane % 4);
  let runs = 0;
  let last = -1;
  for (let at = 0; at < length; at++) {
    const byte = ((sample[at]! * scale) >>> shift) & 0xff;
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
  for (let symbol = 0; symbol < 256; symbol++) {
    const times = counts[symbol]!;
    if (times === 0) continue;
    distinct++;
    sum += times < weights.length ? weights[times]! : weightOf(times);
  }
  if (distinct <= 1) return frameBits;
  // No word of a Huffman code is shorter than a bit; but what comes again and again is found as a repetition.
  const entropy = Math.max(1, Math.log2(length) - sum / length);
  const each = Math.min(entropy, (runs / length) * runBits);
  return frameBits + distinct * symbolBits + each * count;
}

/** Bytes that hold `value`, a whole number from 0 up to 2^53: 0 to 7. */
export function bytesFor(value: number): number {
  let bytes = 0;
  for (let rest = value; rest >= 1; rest /= 256) bytes++;
  return bytes;
}
