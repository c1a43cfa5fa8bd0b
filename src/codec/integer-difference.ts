import type { WrittenLane } from './block-writer.ts';
import type { Judgement } from './codec.ts';
import { assertSafe, type IntegerCodec, type Integers, largestOf } from './integer-codec.ts';
import type { Level } from './plan.ts';
import { bestFew, candidatesOf, ownBits, spreadBits, worthOfSteps } from './prediction.ts';
import { readResiduals, residualBits, writeResiduals } from './residuals.ts';
import { probesOf } from './sample.ts';
import { Scratch } from './scratch.ts';

/** Of which row the other value is: the same, the one before or the one behind. By the number that stands in a block. */
const shifts = [0, -1, 1] as const;

/** Of as many probes one tells which columns are worth a second look, and how many are. */
const glanceEach = 4;
const looksMax = 3;

/** By how many bits differences may seem to be larger than what the column is by itself. */
const dearerMax = 0.25;

/**
 * What a value is above one of an earlier column: an end after its beginning, a highest price above a lowest, an opening price
 * above the last closing price. A varint says how many columns before, a byte of which row (0 the same, 1 the one before, 2 the one
 * behind; the first and the last row are their own neighbours), then come the differences as residuals.
 */
export const integerDifference: IntegerCodec = {
  id: 6,
  name: 'difference',

  judge(column, level, bitsMax) {
    const twin = bitsMax > twinBits ? twinOf(column, level) : undefined;
    if (twin !== undefined) return { bits: twinBits, parameters: [twin.distance, 0] };
    const max = worthOfSteps(bitsMax, column);
    if (max <= 0) return undefined;
    let best: Judgement | undefined;
    for (const { lane, distance, shift } of likely(column, level)) {
      const probes = probesOf(column.count);
      const differences = minusAt(column, lane, shifts[shift]!, probes, 1);
      const bits = residualBits(differences, column.count, best?.bits ?? max);
      if (bits < (best?.bits ?? max)) best = { bits, parameters: [distance, shift] };
    }
    return best;
  },

  write(out, column, { parameters: [distance = 0, shift = 0] }) {
    const lane = out.laneBefore(distance, column.count);
    const by = shifts[shift];
    if (lane === undefined || by === undefined || !isLike(column, lane)) return false;
    out.head.varint(distance);
    out.head.u8(shift);
    const { values, count } = column;
    const differences = room.take(count);
    for (let at = 0; at < count; at++) {
      differences[at] = values[at]! - lane.values[neighbour(at, by, count)]!;
    }
    return writeResiduals(out, differences, count);
  },

  read(reader, count) {
    const base = reader.laneBefore(reader.head.varint(), count);
    const by = shifts[reader.head.u8()];
    if (by === undefined) throw reader.fail('there is no such row');
    const values = readResiduals(reader, count);
    if (by === 0) for (let at = 0; at < count; at++) values[at]! += base[at]!;
    else for (let at = 0; at < count; at++) values[at]! += base[neighbour(at, by, count)]!;
    return assertSafe(reader, values, Number.POSITIVE_INFINITY);
  },
};

/** The columns and rows of which the differences lie nearest to each other. */
function likely(column: Integers, level: Level) {
  const probes = probesOf(column.count);
  const measureMax = ownBits(column) + dearerMax;
  const all = candidatesOf(column, level)
    .filter(({ lane }) => isLike(column, lane))
    .flatMap(({ lane, distance }) =>
      shifts.map((by, shift) => {
        const measure = spreadBits(minusAt(column, lane, by, probes, glanceEach));
        return { lane, distance, shift, measure };
      }),
    )
    .filter(({ measure }) => measure < measureMax);
  return bestFew(all, level === 'small' ? 2 * looksMax : looksMax);
}

/** Bits of a column that is the same as another one. */
const twinBits = 80;

/** A column that seems to be the same, as that of which rows have a value often is. */
function twinOf(column: Integers, level: Level) {
  const { least, most, sample } = column;
  return candidatesOf(column, level).find(({ lane }) => {
    if (lane.least !== least || lane.most !== most) return false;
    for (let at = 0; at < sample.length; at++) if (sample[at] !== lane.sample[at]) return false;
    return true;
  });
}

/** Differences of such columns are exact. */
function isLike(column: Integers, lane: WrittenLane): boolean {
  return largestOf(column) + largestOf(lane) <= Number.MAX_SAFE_INTEGER;
}

const room = new Scratch();

function neighbour(at: number, by: number, count: number): number {
  return Math.min(count - 1, Math.max(0, at + by));
}

/** The differences in every `each`-th of these rows. */
function minusAt(
  { values, count }: Integers,
  lane: WrittenLane,
  by: number,
  rows: Int32Array,
  each: number,
): Float64Array {
  const differences = room.take(Math.ceil(rows.length / each));
  for (let index = 0; index < differences.length; index++) {
    const at = rows[index * each]!;
    differences[index] = values[at]! - lane.values[neighbour(at, by, count)]!;
  }
  return differences;
}
