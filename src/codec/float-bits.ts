import { judged } from './codec.ts';
import { canonical, type FloatCodec } from './float-codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { highHalf, lowHalf } from './long-codec.ts';

/**
 * Floats as their bits: whole numbers that are in the order of the floats, so that what moves slowly has small steps. Of 32 bits as
 * a signed integer, those of a positive float are taken as they are; of a negative one all are turned over but the sign, so that
 * -0 is -1 and what lies farther below is less. NaN has the bits 0x7fc00000, as a double 0x7ff80000 00000000.
 */

/** The 32 bits of each as a column of integers. */
export const floatSingle: FloatCodec = {
  id: 2,
  name: 'single',

  judge({ single, sample, count }, _level, bitsMax) {
    if (!single || bitsMax < cheapMax * count) return undefined;
    return judged(integersBits(singleBits(sample, sample.length), count));
  },

  write(out, { single, values, count }, plan) {
    if (!single) return false;
    writeIntegers(out, singleBits(values, count), count, plan.part(0));
    return true;
  },

  read(reader, count) {
    const bits = readIntegers(reader, count);
    const singles = new Float32Array(count);
    const words = new Int32Array(singles.buffer);
    for (let at = 0; at < count; at++) {
      const order = bits[at]!;
      if ((order | 0) !== order) throw reader.fail('a single has more than 32 bits');
      words[at] = turned(order);
    }
    const values = reader.values(count);
    for (let at = 0; at < count; at++) values[at] = canonical(singles[at]!);
    return values;
  },
};

/** Two columns of integers: the upper 32 bits in that form, and the lower ones as they are, from 0 up. */
export const floatDouble: FloatCodec = {
  id: 3,
  name: 'double',

  judge({ sample, count }, _level, bitsMax) {
    if (bitsMax < cheapMax * count) return undefined;
    const { high, low } = doubleBits(sample, sample.length);
    return judged(integersBits(high, count) + integersBits(low, count));
  },

  write(out, { values, count }, plan) {
    const { high, low } = doubleBits(values, count);
    writeIntegers(out, high, count, plan.part(0));
    writeIntegers(out, low, count, plan.part(1));
    return true;
  },

  read(reader, count) {
    const highs = readIntegers(reader, count);
    const lows = readIntegers(reader, count);
    const values = reader.values(count);
    const words = new Int32Array(values.buffer);
    for (let at = 0; at < count; at++) {
      const high = highs[at]!;
      const low = lows[at]!;
      if ((high | 0) !== high || low >>> 0 !== low) {
        throw reader.fail('a double has more than 64 bits');
      }
      words[2 * at + highHalf] = turned(high);
      words[2 * at + lowHalf] = low;
    }
    for (let at = 0; at < count; at++) values[at] = canonical(values[at]!);
    return values;
  },
};

/** Bits for each value below which numbers that are decimal cannot be worth more than that. */
const cheapMax = 16;

function singleBits(values: Float64Array, count: number): Float64Array {
  const words = new Int32Array(new Float32Array(values.subarray(0, count)).buffer);
  const bits = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    bits[at] = Number.isNaN(values[at]) ? nanSingle : turned(words[at]!);
  }
  return bits;
}

const nanSingle = 0x7fc0_0000;
const nanHigh = 0x7ff8_0000;

function doubleBits(values: Float64Array, count: number) {
  const high = new Float64Array(count);
  const low = new Float64Array(count);
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * count);
  for (let at = 0; at < count; at++) {
    const noNumber = Number.isNaN(values[at]);
    high[at] = noNumber ? nanHigh : turned(words[2 * at + highHalf]!);
    low[at] = noNumber ? 0 : words[2 * at + lowHalf]! >>> 0;
  }
  return { high, low };
}

/** Turns over all bits but the sign where that is set; and back. */
function turned(word: number): number {
  return word ^ ((word >> 31) & 0x7fff_ffff);
}
