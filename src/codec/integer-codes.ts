import { judged } from './codec.ts';
import { type IntegerCodec, type Integers, integersOf, isNarrow } from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';
import { samplePlaces } from './lane-places.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';
import { Scratch } from './scratch.ts';

/** More distinct values than a byte has are no codes worth having. */
const codesMax = 256;

/** What a distinct value costs beside its code, about. */
const distinctBits = 16;

/**
 * Few distinct values that lie far apart: their number (a varint), these in ascending order (as `offset` has them), and then the
 * place of each value among them, from 0, as planes.
 */
export const integerCodes: IntegerCodec = {
  id: 4,
  name: 'codes',

  judge(column, _level, bitsMax) {
    if (!isNarrow(column) || column.most - column.least < codesMax) return undefined;
    const found = samplePlaces(column);
    if (found === undefined || found.size > codesMax / 2) return undefined;
    const { distinct, places } = ascending(column.sample, found.places, found.size);
    const { bits } = bestShape(places, distinct.length - 1, column.count, bitsMax);
    return judged(bits + distinct.length * distinctBits);
  },

  write(out, column, plan) {
    const codes = codesOf(column);
    if (codes === undefined || !isNarrow(column)) return false;
    const { distinct, places } = codes;
    out.head.varint(distinct.length);
    integerOffset.write(out, integersOf(distinct, distinct.length), plan);
    writePlanes(out, places, column.count, distinct.length - 1);
    return true;
  },

  read(reader, count) {
    const size = reader.head.varint();
    if (size > codesMax) throw reader.fail('there are too many codes');
    const distinct = integerOffset.read(reader, size);
    const { values, most } = readPlanes(reader, count);
    if (most >= size) {
      for (let at = 0; at < count; at++) {
        if (values[at]! >= size) throw reader.fail('a code stands for nothing');
      }
    }
    for (let at = 0; at < count; at++) values[at] = distinct[values[at]!]!;
    return values;
  },
};

interface Codes {
  /** Ascending. */
  readonly distinct: Float64Array;
  readonly places: Float64Array;
}

/** The codes of a column; undefined where there are too many. */
function codesOf({ values, count }: Integers): Codes | undefined {
  const byValue = new Map<number, number>();
  const places = new Int32Array(count);
  let last = Number.NaN;
  let place = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    if (value !== last) {
      const known = byValue.get(value);
      if (known === undefined && byValue.size === codesMax) return undefined;
      place = known ?? byValue.size;
      if (known === undefined) byValue.set(value, place);
      last = value;
    }
    places[at] = place;
  }
  return ascending(values, places, byValue.size);
}

const room = new Scratch();

/** The same with places by the order of the values, of which there are `size`. */
function ascending(values: Float64Array, places: Int32Array, size: number): Codes {
  const firsts = new Float64Array(size);
  let seen = 0;
  for (let at = 0; seen < size; at++) if (places[at] === seen) firsts[seen++] = values[at]!;
  const order = Array.from(firsts.keys()).sort((left, right) => firsts[left]! - firsts[right]!);
  const distinct = new Float64Array(size);
  const ranks = new Float64Array(size);
  order.forEach((place, rank) => {
    distinct[rank] = firsts[place]!;
    ranks[place] = rank;
  });
  const ranked = room.take(places.length);
  for (let at = 0; at < places.length; at++) ranked[at] = ranks[places[at]!]!;
  return { distinct, places: ranked };
}
