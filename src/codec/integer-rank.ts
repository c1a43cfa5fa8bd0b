import type { Judgement } from './codec.ts';
import { ContextRanks } from './context-ranks.ts';
import { type IntegerCodec, integersOf, isNarrow } from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';
import { Plan } from './plan.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';
import { sampleNumbers } from './sample.ts';

/** Earlier columns that are looked at. */
const contextsMax = 16;

/** Above so many distinct values in a sample nothing is learnt of each. */
const distinctMax = 512;

/**
 * What tends to stand beside the value of an earlier column: a city given its state, a kind given its name. Each value is written
 * by its rank among those that stood beside the same one before, the most frequent first (`ContextRanks`). The
 * distance of the earlier column and the number of first occurrences as varints; those values as `offset`, and the ranks as planes.
 */
export const integerRank: IntegerCodec = {
  id: 8,
  name: 'rank',

  judge(column, level) {
    if (level === 'fast' || !isNarrow(column)) return undefined;
    const { sample, earlier, count } = column;
    const own = distinctOf(sample);
    if (own > distinctMax) return undefined;
    let best: Judgement | undefined;
    earlier.forEach((lane, index) => {
      if (lane.count !== count || earlier.length - index > contextsMax) return;
      const context = sampleNumbers(lane.values, count);
      if (distinctOf(context) > distinctMax) return;
      const bits = bitsOf(sample, context, own, count);
      if (bits < (best?.bits ?? Number.POSITIVE_INFINITY)) {
        best = { bits, parameters: [earlier.length - index] };
      }
    });
    return best;
  },

  write(out, column, { parameters: [distance = 0], level }) {
    const lane = out.lanes.at(-distance);
    if (lane?.count !== column.count || !isNarrow(column)) return false;
    const { ranks, fresh, most } = ranksOf(column.values, column.count, lane.values);
    out.head.varint(distance);
    out.head.varint(fresh.length);
    const firsts = Float64Array.from(fresh);
    integerOffset.write(out, integersOf(firsts, firsts.length), new Plan(level));
    writePlanes(out, ranks, ranks.length, most);
    return true;
  },

  read(reader, count) {
    const context = reader.laneBefore(reader.head.varint(), count);
    const size = reader.head.varint();
    if (size > count) throw reader.fail('there are more first values than values');
    const firsts = integerOffset.read(reader, size);
    const values = readPlanes(reader, count);
    const model = new ContextRanks();
    let next = 0;
    for (let at = 0; at < count; at++) {
      const known = model.valueAt(context[at]!, values[at]!);
      const value = known ?? firsts[next++];
      if (value === undefined) throw reader.fail('a first value is missing');
      model.note(context[at]!, value);
      values[at] = value;
    }
    if (next !== size) throw reader.fail('a first value is left over');
    return values;
  },
};

function distinctOf(sample: Float64Array): number {
  return new Set(sample).size;
}

function bitsOf(sample: Float64Array, context: Float64Array, own: number, count: number): number {
  const { ranks, fresh, freshLate, most } = ranksOf(sample, sample.length, context);
  // What is new in the last quarter of the sample goes on to be new.
  const rate = freshLate / (sample.length / 4);
  const firsts = fresh.length + rate * (count - sample.length);
  return bestShape(ranks, most, count).bits + firsts * (Math.log2(own) + 2);
}

function ranksOf(values: Float64Array, count: number, context: Float64Array) {
  const ranks = new Float64Array(count);
  const fresh: number[] = [];
  let freshLate = 0;
  let most = 0;
  const model = new ContextRanks();
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    const rank = model.rankOf(context[at]!, value);
    ranks[at] = rank;
    if (rank > most) most = rank;
    if (model.valueAt(context[at]!, rank) === undefined) {
      fresh.push(value);
      if (4 * at >= 3 * count) freshLate++;
    }
    model.note(context[at]!, value);
  }
  return { ranks, fresh, freshLate, most };
}
