import { judged } from './codec.ts';
import type { FloatCodec } from './float-codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';

/**
 * Floats as their bits: whole numbers that are in the order of the floats, so that what moves slowly has small steps. A positive
 * float is its bits, a negative one -1 less the bits without the sign.
 */

const view = new DataView(new ArrayBuffer(8));
const sign = 0x8000_0000;

/** The 32 bits of each as a column of integers. */
export const floatSingle: FloatCodec = {
  id: 2,
  name: 'single',

  judge({ single, sample, count }) {
    if (!single) return undefined;
    return judged(integersBits(singleBits(sample, sample.length), count));
  },

  write(out, { single, values, count }, plan) {
    if (!single) return false;
    writeIntegers(out, singleBits(values, count), count, plan.part(0));
    return true;
  },

  read(reader, count) {
    const bits = readIntegers(reader, count);
    const values = reader.values(count);
    for (let at = 0; at < count; at++) {
      const high = unordered(bits[at]!);
      if (high === undefined) throw reader.fail('a single has more than 32 bits');
      view.setUint32(0, high);
      values[at] = view.getFloat32(0);
    }
    return values;
  },
};

/** Two columns of integers: the upper 32 bits with the sign, and the lower ones. */
export const floatDouble: FloatCodec = {
  id: 3,
  name: 'double',

  judge({ sample, count }) {
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
    for (let at = 0; at < count; at++) {
      const high = unordered(highs[at]!);
      const low = lows[at]!;
      if (high === undefined || low < 0 || low > 0xffff_ffff) {
        throw reader.fail('a double has more than 64 bits');
      }
      view.setUint32(0, high);
      view.setUint32(4, low);
      values[at] = view.getFloat64(0);
    }
    return values;
  },
};

function singleBits(values: Float64Array, count: number): Float64Array {
  const bits = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    view.setFloat32(0, values[at]!);
    bits[at] = ordered(view.getUint32(0));
  }
  return bits;
}

function doubleBits(values: Float64Array, count: number) {
  const high = new Float64Array(count);
  const low = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    view.setFloat64(0, values[at]!);
    high[at] = ordered(view.getUint32(0));
    low[at] = view.getUint32(4);
  }
  return { high, low };
}

function ordered(bits: number): number {
  return bits < sign ? bits : sign - 1 - bits;
}

function unordered(order: number): number | undefined {
  if (order >= sign || order < -sign) return undefined;
  return order >= 0 ? order : sign - 1 - order;
}
