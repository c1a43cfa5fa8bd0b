import { judged } from './codec.ts';
import { floatDouble } from './float-bits.ts';
import type { FloatCodec } from './float-codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';

/** What a distinct value costs beside its code, about. */
const distinctBits = 56;

/** Bits for each value below which codes cannot be worth what their distinct values take. */
const cheapMax = 12;

/** Of as many values of a sample there must be one that came before. */
const againEach = 4;

/**
 * Few distinct values, of whatever bits: their number (a varint), these in ascending order (as `double` has them), then the place
 * of each value among them, from 0, as a column of integers. -0 stands before 0, NaN at the end.
 */
export const floatCodes: FloatCodec = {
  id: 4,
  name: 'codes',

  judge({ sample, count }, _level, bitsMax) {
    if (bitsMax < cheapMax * count) return undefined;
    const codes = codesOf(sample, sample.length, Math.floor(sample.length * (1 - 1 / againEach)));
    if (codes === undefined) return undefined;
    const { distinct, places } = codes;
    // In the rest come fewer new ones than in the sample.
    const growth = distinct.length < sample.length / 8 ? 1 : Math.sqrt(count / sample.length);
    return judged(integersBits(places, count) + distinct.length * growth * distinctBits);
  },

  write(out, { values, count }, plan) {
    const codes = codesOf(values, count, count);
    if (codes === undefined) return false;
    const { distinct, places } = codes;
    const length = distinct.length;
    out.head.varint(length);
    floatDouble.write(
      out,
      { values: distinct, count: length, sample: distinct, single: false },
      plan.part(0),
    );
    writeIntegers(out, places, count, plan.part(1));
    return true;
  },

  read(reader, count) {
    const size = reader.head.varint();
    if (size > count) throw reader.fail('there are more codes than values');
    const distinct = floatDouble.read(reader, size);
    const places = readIntegers(reader, count);
    const values = reader.values(count);
    for (let at = 0; at < count; at++) {
      const value = distinct[places[at]!];
      if (value === undefined) throw reader.fail('a code stands for nothing');
      values[at] = value;
    }
    return values;
  },
};

/** Rows after which a column without a repetition is given up. */
const firstLook = 64;

/** A Map takes both zeros for one. */
const minusZero = Symbol('-0');

/** The codes of the first `count` of `values`; undefined above `max` distinct ones, or where the first rows are all distinct. */
function codesOf(values: Float64Array, count: number, max: number) {
  const byValue = new Map<number | symbol, number>();
  const places = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    const key = Object.is(value, -0) ? minusZero : value;
    const known = byValue.get(key);
    if (known === undefined) {
      if (byValue.size >= max || (max < count && byValue.size === firstLook && at === firstLook)) {
        return undefined;
      }
      byValue.set(key, byValue.size);
    }
    places[at] = known ?? byValue.size - 1;
  }
  const distinct = Float64Array.from(byValue.keys(), (key) =>
    typeof key === 'symbol' ? -0 : key,
  ).sort();
  const ranks = new Float64Array(distinct.length);
  distinct.forEach((value, rank) => {
    ranks[byValue.get(Object.is(value, -0) ? minusZero : value)!] = rank;
  });
  for (let at = 0; at < count; at++) places[at] = ranks[places[at]!]!;
  return { distinct, places };
}
