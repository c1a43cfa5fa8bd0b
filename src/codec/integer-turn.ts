import type { BlockReader } from './block-reader.ts';
import type { Judgement } from './codec.ts';
import { bitLength } from './entropy.ts';
import {
  assertSafe,
  type IntegerCodec,
  type Integers,
  integersOf,
  isNarrow,
  largestOf,
} from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';
import { allPlaces, windowPlaces } from './lane-places.ts';
import type { Places } from './place-index.ts';
import { type Level, Plan } from './plan.ts';
import { bestFew, candidatesOf, ownBits, worthOfSteps } from './prediction.ts';
import { readResiduals, residualBits, writeResiduals } from './residuals.ts';
import { windowMax, windowStart } from './sample.ts';
import { Scratch } from './scratch.ts';

/** Steps, or steps of steps: what is expected is the last value, or what follows if the last step is made again. */
type Order = 1 | 2;

/** How many columns are worth a second look, and by how many bits steps may seem to be larger than what the column is by itself. */
const looksMax = 2;
const dearerMax = 0.5;

/**
 * Steps from the last value that stood beside the same one of an earlier column: readings of several loggers in turn, tracks of
 * several vehicles, prices of several shares. The distance of the earlier column as a varint; the order as a byte (1: expected is the last
 * value beside the same one; 2: twice the last one less the one before it, and of the second one the first); how many values have
 * none before them as a varint, these as `offset`; then what all others are above what is expected, as residuals.
 */
export const integerTurn: IntegerCodec = {
  id: 9,
  name: 'turn',

  judge(column, level, bitsMax) {
    const max = worthOfSteps(bitsMax, column);
    if (max <= 0 || !isFit(column)) return undefined;
    let best: Judgement | undefined;
    for (const { distance, places } of likely(column, level)) {
      for (const order of orders) {
        const bits = bitsOf(column, places, order, best?.bits ?? max);
        if (bits < (best?.bits ?? max)) best = { bits, parameters: [distance, order] };
      }
    }
    return best;
  },

  write(out, column, { parameters: [distance = 0, order = 1], level }) {
    const lane = out.laneBefore(distance, column.count);
    if (lane === undefined || !isFit(column) || (order !== 1 && order !== 2)) return false;
    const places = allPlaces(lane);
    const { firsts, steps } = stepsOf(column.values, column.count, places, order);
    if (steps.length === 0) return false;
    out.head.varint(distance);
    out.head.u8(order);
    out.head.varint(firsts.length);
    integerOffset.write(out, integersOf(firsts, firsts.length), new Plan(level));
    return writeResiduals(out, steps, steps.length);
  },

  read(reader, count) {
    const lane = { values: reader.laneBefore(reader.head.varint(), count), count };
    const order = reader.head.u8();
    if (order !== 1 && order !== 2) throw reader.fail('there is no such order of steps');
    const places = allPlaces(lane);
    if (reader.head.varint() !== places.size || places.size === count) {
      throw reader.fail('the first values are not as many as they need be');
    }
    const firsts = integerOffset.read(reader, places.size);
    const steps = readResiduals(reader, count - places.size);
    return valuesOf(reader, places, firsts, steps, order);
  },
};

/** The columns by whose values steps are the smallest. */
function likely(column: Integers, level: Level) {
  const start = windowStart(column.count);
  const window = column.values.subarray(start, Math.min(column.count, start + windowMax));
  const measureMax = ownBits(column) + dearerMax;
  const all = candidatesOf(column, level).flatMap(({ lane, distance }) => {
    const places = windowPlaces(lane);
    if (places === undefined) return [];
    const measure = meanBits(window, places);
    return measure < measureMax ? [{ distance, places, measure }] : [];
  });
  return bestFew(all, looksMax);
}

/** Bits of a step from the last value beside the same one, on average. */
function meanBits(window: Float64Array, { places, size }: Places): number {
  const last = new Float64Array(size);
  let seen = 0;
  let sum = 0;
  for (let at = 0; at < window.length; at++) {
    const place = places[at]!;
    if (place === seen) seen++;
    else sum += bitLength(window[at]! - last[place]!);
    last[place] = window[at]!;
  }
  return sum / Math.max(1, window.length - size);
}

const orders: readonly Order[] = [1, 2];

/** What is above three times as far is no safe integer. */
function isFit(column: Integers): boolean {
  return isNarrow(column) && largestOf(column) <= Number.MAX_SAFE_INTEGER / 4;
}

const room = new Scratch();

function bitsOf(
  { values, count, least, most }: Integers,
  places: Places,
  order: Order,
  bitsMax: number,
): number {
  const start = windowStart(count);
  const { length } = places.places;
  const window = values.subarray(start, start + length);
  const { firsts, steps } = stepsOf(window, length, places, order);
  // Where half of the values have none before them in a window, there is no end of new ones.
  const firstsOfAll = firsts.length * (1 + (firsts.length / length) * (count / length - 1));
  const rest = count - firstsOfAll;
  const firstBits = firstsOfAll * Math.log2(2 + most - least);
  return residualBits(steps, rest, bitsMax - firstBits) + firstBits;
}

function stepsOf(values: Float64Array, count: number, { places, size }: Places, order: Order) {
  const firsts = new Float64Array(size);
  const last = new Float64Array(size);
  const before = new Float64Array(size);
  const steps = room.take(count - size);
  let seen = 0;
  for (let at = 0; at < count; at++) {
    const place = places[at]!;
    const value = values[at]!;
    if (place === seen) {
      firsts[seen++] = value;
      before[place] = value;
    } else {
      const known = last[place]!;
      steps[at - seen] = order === 1 ? value - known : value - (2 * known - before[place]!);
      before[place] = known;
    }
    last[place] = value;
  }
  return { firsts, steps };
}

function valuesOf(
  reader: BlockReader,
  { places, size }: Places,
  firsts: Float64Array,
  steps: Float64Array,
  order: Order,
): Float64Array {
  const values = reader.values(places.length);
  const last = new Float64Array(size);
  const before = new Float64Array(size);
  let seen = 0;
  for (let at = 0; at < values.length; at++) {
    const place = places[at]!;
    if (place === seen) {
      last[place] = firsts[seen++]!;
      before[place] = last[place]!;
    } else {
      const known = last[place]!;
      const expected = order === 1 ? known : 2 * known - before[place]!;
      before[place] = known;
      last[place] = expected + steps[at - seen]!;
    }
    values[at] = last[place]!;
  }
  return assertSafe(reader, values, Number.POSITIVE_INFINITY);
}
