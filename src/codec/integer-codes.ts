import { judged } from './codec.ts';
import { type IntegerCodec, integersOf, isNarrow } from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';

/** More distinct values than a byte has are no codes worth having. */
const codesMax = 256;

/** What a distinct value costs beside its code, about. */
const distinctBits = 16;

/**
 * Few distinct values that lie far apart: their number, these in ascending order (as `offset` has them), and then the place
 * of each value among them, as planes.
 */
export const integerCodes: IntegerCodec = {
  id: 4,
  name: 'codes',

  judge(column) {
    if (!isNarrow(column) || column.most - column.least < codesMax) return undefined;
    const { sample, count } = column;
    const codes = codesOf(sample, sample.length, codesMax / 2);
    if (codes === undefined) return undefined;
    const { distinct, places } = codes;
    return judged(
      bestShape(places, distinct.length - 1, count).bits + distinct.length * distinctBits,
    );
  },

  write(out, { values, count }, plan) {
    const codes = codesOf(values, count, codesMax);
    if (
      codes === undefined ||
      !isNarrow({ least: codes.distinct[0]!, most: codes.distinct.at(-1)! })
    )
      return false;
    const { distinct, places } = codes;
    out.head.varint(distinct.length);
    integerOffset.write(out, integersOf(distinct, distinct.length), plan);
    writePlanes(out, places, count, distinct.length - 1);
    return true;
  },

  read(reader, count) {
    const size = reader.head.varint();
    if (size > codesMax) throw reader.fail('there are too many codes');
    const distinct = integerOffset.read(reader, size);
    const values = readPlanes(reader, count);
    for (let at = 0; at < count; at++) {
      const value = distinct[values[at]!];
      if (value === undefined) throw reader.fail('a code stands for nothing');
      values[at] = value;
    }
    return values;
  },
};

interface Codes {
  /** Ascending. */
  readonly distinct: Float64Array;
  readonly places: Float64Array;
}

/** The codes of the first `count` of `values`; undefined above `max` distinct ones. */
function codesOf(values: Float64Array, count: number, max: number): Codes | undefined {
  const byValue = new Map<number, number>();
  const places = new Float64Array(count);
  let last = Number.NaN;
  let place = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    if (value !== last) {
      const known = byValue.get(value);
      if (known === undefined && byValue.size === max) return undefined;
      place = known ?? byValue.size;
      byValue.set(value, place);
      last = value;
    }
    places[at] = place;
  }
  const distinct = Float64Array.from(byValue.keys()).sort();
  const ranks = new Float64Array(distinct.length);
  distinct.forEach((value, rank) => {
    ranks[byValue.get(value)!] = rank;
  });
  for (let at = 0; at < count; at++) places[at] = ranks[places[at]!]!;
  return { distinct, places };
}
