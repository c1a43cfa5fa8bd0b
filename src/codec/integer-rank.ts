import type { BlockReader } from './block-reader.ts';
import type { Judgement } from './codec.ts';
import { ContextRanks } from './context-ranks.ts';
import { type IntegerCodec, integersOf, isNarrow } from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';
import { allPlaces, samplePlaces } from './lane-places.ts';
import type { Places } from './place-index.ts';
import { Plan } from './plan.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';
import { bestFew, type Candidate, candidatesOf, worth } from './prediction.ts';
import { Scratch } from './scratch.ts';

/** How many columns are worth a second look. */
const looksMax = 2;

/** By how much likelier a value must be beside one that it stood beside before. */
const likelierMin = 1.2;

/**
 * What tends to stand beside the value of an earlier column: a city given its state, a kind given its name. Each value is written
 * by its rank among those that stood beside the same one before, the most frequent first (`ContextRanks`). The
 * distance of the earlier column and the number of values that were not remembered as varints; those values as `offset`, and the
 * ranks as planes.
 */
export const integerRank: IntegerCodec = {
  id: 8,
  name: 'rank',

  judge(column, level, bitsMax) {
    const max = worth(bitsMax, column);
    if (max <= 0 || !isNarrow(column)) return undefined;
    const own = samplePlaces(column);
    if (own === undefined) return undefined;
    let best: Judgement | undefined;
    for (const { distance, places } of likely(own, candidatesOf(column, level))) {
      const bits = bitsOf(own, places, column.count);
      if (bits < (best?.bits ?? max)) best = { bits, parameters: [distance] };
    }
    return best;
  },

  write(out, column, { parameters: [distance = 0], level }) {
    const { count } = column;
    const lane = out.laneBefore(distance, count);
    if (lane === undefined || !isNarrow(column)) return false;
    const { ranks, fresh, most } = ranksOf(column.values, count, allPlaces(lane));
    out.head.varint(distance);
    out.head.varint(fresh.length);
    const firsts = Float64Array.from(fresh);
    integerOffset.write(out, integersOf(firsts, firsts.length), new Plan(level));
    writePlanes(out, ranks, count, most);
    return true;
  },

  read(reader, count) {
    const lane = { values: reader.laneBefore(reader.head.varint(), count), count };
    const size = reader.head.varint();
    if (size > count) throw reader.fail('there are more first values than values');
    const firsts = integerOffset.read(reader, size);
    const { values } = readPlanes(reader, count);
    valuesOf(reader, values, firsts, allPlaces(lane));
    return values;
  },
};

/** Puts values in the place of their ranks. */
function valuesOf(
  reader: BlockReader,
  values: Float64Array,
  firsts: Float64Array,
  { places, size }: Places,
): void {
  const model = new ContextRanks(size);
  let next = 0;
  for (let at = 0; at < values.length; at++) {
    const context = places[at]!;
    let value = model.noteRank(context, values[at]!);
    if (value === undefined) {
      if (next === firsts.length) throw reader.fail('a first value is missing');
      value = firsts[next++]!;
      model.note(context, value);
    }
    values[at] = value;
  }
  if (next !== firsts.length) throw reader.fail('a first value is left over');
}

/** The columns beside whose values the same ones stand, more often than anywhere. */
function likely(own: Places, candidates: readonly Candidate[]) {
  const anywhere = againBeside(own, { places: new Int32Array(own.places.length), size: 1 });
  const all = candidates.flatMap(({ lane, distance }) => {
    const places = samplePlaces(lane);
    if (places === undefined || places.size * own.size > pairsMax) return [];
    const again = againBeside(own, places);
    return again > anywhere * likelierMin ? [{ distance, places, measure: -again }] : [];
  });
  return bestFew(all, looksMax);
}

/** Pairs of distinct values that are counted. */
const pairsMax = 0x1_0000;
const pairs = new Uint16Array(pairsMax);

/** How often two values that stand beside the same value are the same. */
function againBeside(own: Places, context: Places): number {
  pairs.fill(0, 0, own.size * context.size);
  const times = new Uint16Array(context.size);
  let same = 0;
  let all = 0;
  for (let at = 0; at < own.places.length; at++) {
    const beside = context.places[at]!;
    const pair = beside * own.size + own.places[at]!;
    same += pairs[pair]!++;
    all += times[beside]!++;
  }
  // Where next to nothing comes again there is nothing to learn.
  return all < own.places.length ? 0 : same / all;
}

const room = new Scratch();

function bitsOf(own: Places, context: Places, count: number): number {
  const { length } = own.places;
  const ranks = room.take(length);
  const model = new ContextRanks(context.size);
  let fresh = 0;
  let freshLate = 0;
  let most = 0;
  for (let at = 0; at < length; at++) {
    const beside = context.places[at]!;
    const size = model.sizeOf(beside);
    const rank = model.note(beside, own.places[at]!);
    ranks[at] = rank;
    if (rank > most) most = rank;
    if (rank < size) continue;
    fresh++;
    if (4 * at >= 3 * length) freshLate++;
  }
  // What is new in the last quarter of the sample goes on to be new.
  const firsts = fresh + (freshLate / (length / 4)) * (count - length);
  return bestShape(ranks, most, count).bits + firsts * (Math.log2(own.size) + 2);
}

function ranksOf(values: Float64Array, count: number, { places, size }: Places) {
  const ranks = room.take(count);
  const fresh: number[] = [];
  let most = 0;
  const model = new ContextRanks(size);
  for (let at = 0; at < count; at++) {
    const context = places[at]!;
    const known = model.sizeOf(context);
    const rank = model.note(context, values[at]!);
    ranks[at] = rank;
    if (rank > most) most = rank;
    if (rank === known) fresh.push(values[at]!);
  }
  return { ranks, fresh, most };
}
