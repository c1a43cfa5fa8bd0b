import type { BlockReader } from './block-reader.ts';
import { type Judgement, judged } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { halvesOf, highHalf, type LongCodec, lowHalf, twoTo32 } from './long-codec.ts';

/** Nanoseconds that are whole seconds, milliseconds or microseconds are what most times are. */
const exponents = [9, 6, 3, 0] as const;

/** Safe integers have an upper half within these. */
const safeHigh = 0x20_0000;

/**
 * Multiples of a power of ten that divided by it are safe integers: a byte with the exponent (0, 3, 6 or 9), then a column of
 * integers.
 */
export const longScaled: LongCodec = {
  id: 0,
  name: 'scaled',

  judge({ values, sample }): Judgement | undefined {
    for (const exponent of exponents) {
      const numbers = scaledDown(sample, 10 ** exponent);
      if (numbers === undefined) continue;
      return { ...judged(integersBits(numbers, values.length)), parameters: [exponent] };
    }
    return undefined;
  },

  write(out, { values }, plan) {
    const [exponent = 0] = plan.parameters;
    const numbers = scaledDown(values, 10 ** exponent);
    if (numbers === undefined) return false;
    out.head.u8(exponent);
    writeIntegers(out, numbers, numbers.length, plan.part(0));
    return true;
  },

  read(reader, count) {
    const exponent = reader.head.u8();
    if (!exponents.some((each) => each === exponent)) throw reader.fail('there is no such scale');
    return scaledUp(reader, readIntegers(reader, count), 10 ** exponent);
  },
};

/** Undefined where one is no multiple, or too large. */
function scaledDown(values: BigInt64Array, scale: number): Float64Array | undefined {
  const halves = halvesOf(values);
  const numbers = new Float64Array(values.length);
  for (let at = 0; at < numbers.length; at++) {
    const high = halves[2 * at + highHalf]!;
    const low = halves[2 * at + lowHalf]! >>> 0;
    const number =
      scale === 1 && high >= -safeHigh && high < safeHigh
        ? high * twoTo32 + low
        : divided(high, low, scale);
    if (!Number.isSafeInteger(number)) return undefined;
    numbers[at] = number;
  }
  return numbers;
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
  reader.allow(numbers.length);
  const values = new BigInt64Array(numbers.length);
  const factor = BigInt(scale);
  const max = 2 ** 63 / scale;
  for (let at = 0; at < values.length; at++) {
    const number = numbers[at]!;
    if (number >= max || number < -max) throw reader.fail('a number has more than 64 bits');
    values[at] = scale === 1 ? BigInt(number) : BigInt(number) * factor;
  }
  return values;
}
