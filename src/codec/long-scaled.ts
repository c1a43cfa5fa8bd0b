import type { BlockReader } from './block-reader.ts';
import type { Judgement } from './codec.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { halvesOf, highHalf, type LongCodec, lowHalf, twoTo32 } from './long-codec.ts';

/** Nanoseconds that are whole seconds, milliseconds or microseconds are what most times are. */
const exponents = [9, 6, 3, 0] as const;

/** Safe integers have an upper half within these; the lowest has but one number too many, which is looked for. */
const safeHigh = 0x20_0000;

/**
 * Multiples of a power of ten that divided by it are safe integers: a byte with the exponent (0, 3, 6 or 9), then a column of
 * integers.
 */
export const longScaled: LongCodec = {
  id: 0,
  name: 'scaled',

  judge({ values, sample }): Judgement | undefined {
    const scaled = scaledDown(sample, exponents[0]);
    // Where it fits nothing else is better.
    return scaled && { bits: values.length, parameters: [scaled.exponent] };
  },

  write(out, { values }, plan) {
    const [exponent = 0] = plan.parameters;
    const scaled = scaledDown(values, exponent);
    if (scaled === undefined) return false;
    out.head.u8(scaled.exponent);
    writeIntegers(out, scaled.numbers, scaled.numbers.length, plan.part(0));
    return true;
  },

  read(reader, count) {
    const exponent = reader.head.u8();
    if (!exponents.some((each) => each === exponent)) throw reader.fail('there is no such scale');
    return scaledUp(reader, readIntegers(reader, count), 10 ** exponent);
  },
};

/** Scaled by the highest exponent that all values have, `most` at most; undefined where there is none. */
function scaledDown(values: BigInt64Array, most: number) {
  const numbers = new Float64Array(values.length);
  for (const exponent of exponents) {
    if (exponent <= most && scaleAll(values, numbers, 10 ** exponent)) return { exponent, numbers };
  }
  return undefined;
}

/** False where one is no multiple, or too large. */
function scaleAll(values: BigInt64Array, numbers: Float64Array, scale: number): boolean {
  const halves = halvesOf(values);
  for (let at = 0; at < numbers.length; at++) {
    const high = halves[2 * at + highHalf]!;
    const low = halves[2 * at + lowHalf]! >>> 0;
    const isSafe = high >= -safeHigh && high < safeHigh;
    const number = isSafe ? (high * twoTo32 + low) / scale : divided(high, low, scale);
    if (!Number.isSafeInteger(number)) return false;
    numbers[at] = number;
  }
  return true;
}

/** `(high * 2^32 + low) / scale` where that is whole, else NaN. The scale is at most 10^9. */
function divided(high: number, low: number, scale: number): number {
  // By 16 bits at a time, so that no step leaves the safe integers.
  const top = Math.floor(high / scale);
  let rest = high - top * scale;
  const middle = rest * 0x1_0000 + (low >>> 16);
  const upper = Math.floor(middle / scale);
  rest = middle - upper * scale;
  const bottom = rest * 0x1_0000 + (low & 0xffff);
  const lower = Math.floor(bottom / scale);
  if (bottom !== lower * scale) return Number.NaN;
  return top * twoTo32 + upper * 0x1_0000 + lower;
}

function scaledUp(reader: BlockReader, numbers: Float64Array, scale: number): BigInt64Array {
  const values = new BigInt64Array(numbers.length);
  const halves = halvesOf(values);
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at]!;
    // By 16 bits at a time here, too.
    const top = Math.floor(number / twoTo32);
    const rest = number - top * twoTo32;
    const upper = (rest >>> 16) * scale;
    const upperTop = Math.floor(upper / 0x1_0000);
    const lower = (rest & 0xffff) * scale + (upper - upperTop * 0x1_0000) * 0x1_0000;
    const carry = Math.floor(lower / twoTo32);
    const high = top * scale + upperTop + carry;
    if ((high | 0) !== high) throw reader.fail('a number has more than 64 bits');
    halves[2 * at + highHalf] = high;
    halves[2 * at + lowHalf] = lower - carry * twoTo32;
  }
  return values;
}
