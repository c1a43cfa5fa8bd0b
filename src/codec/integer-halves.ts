import { judged } from './codec.ts';
import { type IntegerCodec, integersOf, isNarrow } from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';

/** 2^32: a value is `high * half + low`, with a `low` from 0 up. */
const half = 0x1_0000_0000;

/** Values that lie too far apart for exact differences: two columns of `offset`, of the high and of the low halves. */
export const integerHalves: IntegerCodec = {
  id: 5,
  name: 'halves',

  judge(column) {
    return isNarrow(column) ? undefined : judged(64 * column.count);
  },

  write(out, { values, count }, plan) {
    const high = new Float64Array(count);
    const low = new Float64Array(count);
    for (let at = 0; at < count; at++) {
      const top = Math.floor(values[at]! / half);
      high[at] = top;
      low[at] = values[at]! - top * half;
    }
    for (const part of [high, low]) integerOffset.write(out, integersOf(part, count), plan);
    return true;
  },

  read(reader, count) {
    const values = integerOffset.read(reader, count);
    const low = integerOffset.read(reader, count);
    for (let at = 0; at < count; at++) {
      const value = values[at]! * half + low[at]!;
      if (!(low[at]! >= 0 && low[at]! < half && Number.isSafeInteger(value))) {
        throw reader.fail('a number is out of range');
      }
      values[at] = value;
    }
    return values;
  },
};
