import { judged } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { halvesOf, highHalf, type LongCodec, lowHalf, twoTo32 } from './long-codec.ts';

/**
 * Large values that are near to each other: the least one as eight bytes (little endian), then what each is above it as a column of
 * integers, from 0 up. Values are compared as signed numbers.
 */
export const longOffset: LongCodec = {
  id: 1,
  name: 'offset',

  judge({ values, sample }, _level, bitsMax) {
    // Where values are safe integers, a column of integers does the same.
    if (bitsMax < Number.POSITIVE_INFINITY) return undefined;
    const offsets = offsetsOf(sample);
    return offsets && judged(64 + integersBits(offsets.numbers, values.length));
  },

  write(out, { values }, plan) {
    const offsets = offsetsOf(values);
    if (offsets === undefined) return false;
    out.head.fixed64(offsets.least);
    writeIntegers(out, offsets.numbers, values.length, plan.part(0));
    return true;
  },

  read(reader, count) {
    const least = BigInt64Array.of(BigInt.asIntN(64, reader.head.fixed64()));
    const leastHigh = halvesOf(least)[highHalf]!;
    const leastLow = halvesOf(least)[lowHalf]! >>> 0;
    const numbers = readIntegers(reader, count);
    const values = new BigInt64Array(count);
    const halves = halvesOf(values);
    for (let at = 0; at < count; at++) {
      const number = numbers[at]!;
      const top = Math.floor(number / twoTo32);
      const low = leastLow + (number - top * twoTo32);
      const high = leastHigh + top + (low >= twoTo32 ? 1 : 0);
      if (number < 0 || (high | 0) !== high) throw reader.fail('a number has more than 64 bits');
      halves[2 * at + highHalf] = high;
      halves[2 * at + lowHalf] = low;
    }
    return values;
  },
};

/** What each value is above the least; undefined where that is no safe integer. */
function offsetsOf(values: BigInt64Array) {
  const halves = halvesOf(values);
  let [leastHigh, leastLow] = [0x7fff_ffff, 0xffff_ffff];
  for (let at = 0; at < values.length; at++) {
    const high = halves[2 * at + highHalf]!;
    const low = halves[2 * at + lowHalf]! >>> 0;
    if (high > leastHigh || (high === leastHigh && low >= leastLow)) continue;
    leastHigh = high;
    leastLow = low;
  }
  const numbers = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const high = halves[2 * at + highHalf]! - leastHigh;
    const number = high * twoTo32 + ((halves[2 * at + lowHalf]! >>> 0) - leastLow);
    if (!(number <= Number.MAX_SAFE_INTEGER)) return undefined;
    numbers[at] = number;
  }
  return { least: (BigInt(leastHigh) << 32n) | BigInt(leastLow), numbers };
}
