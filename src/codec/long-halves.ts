import { judged } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { halvesOf, highHalf, type LongCodec, lowHalf } from './long-codec.ts';

/** Whatever else: two columns of integers, the upper halves with their sign and the lower ones without. */
export const longHalves: LongCodec = {
  id: 2,
  name: 'halves',

  judge({ values, sample }, _level, bitsMax) {
    // It is worth nothing where another codec fits.
    if (bitsMax < Number.POSITIVE_INFINITY) return undefined;
    const { high, low } = split(sample);
    return judged(integersBits(high, values.length) + integersBits(low, values.length));
  },

  write(out, { values }, plan) {
    const { high, low } = split(values);
    writeIntegers(out, high, high.length, plan.part(0));
    writeIntegers(out, low, low.length, plan.part(1));
    return true;
  },

  read(reader, count) {
    const high = readIntegers(reader, count);
    const low = readIntegers(reader, count);
    const values = new BigInt64Array(count);
    const halves = halvesOf(values);
    for (let at = 0; at < count; at++) {
      const upper = high[at]!;
      const lower = low[at]!;
      if ((upper | 0) !== upper || lower >>> 0 !== lower) {
        throw reader.fail('a number has more than 64 bits');
      }
      halves[2 * at + highHalf] = upper;
      halves[2 * at + lowHalf] = lower;
    }
    return values;
  },
};

function split(values: BigInt64Array) {
  const halves = halvesOf(values);
  const high = new Float64Array(values.length);
  const low = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    high[at] = halves[2 * at + highHalf]!;
    low[at] = halves[2 * at + lowHalf]! >>> 0;
  }
  return { high, low };
}
