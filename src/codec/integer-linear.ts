import type { WrittenLane } from './block-writer.ts';
import type { Judgement } from './codec.ts';
import {
  assertSafe,
  type IntegerCodec,
  type Integers,
  isNarrow,
  largestOf,
  spanMax,
} from './integer-codec.ts';
import type { Level } from './plan.ts';
import { bestFew, type Candidate, candidatesOf, worthOfSteps } from './prediction.ts';
import { readResiduals, residualBits, writeResiduals } from './residuals.ts';
import { probesOf } from './sample.ts';
import { Scratch } from './scratch.ts';
import { readSigned, writeSigned } from './signed.ts';

/** Of as many probes one tells the slope. */
const glanceEach = 4;

/** How many columns are worth a second look, and what part of the variance a line must leave unexplained at most. */
const looksMax = 2;
const unexplainedMax = 0.5;

/** More bits behind the point are of no use. */
const shiftMax = 40;

/**
 * What a value is above a line through those of an earlier column: Fahrenheit and Celsius, a price and its tax. The distance of that
 * column as a varint, a value of it to start from and the slope (`signed.ts`), and as a byte the number of bits of the slope that
 * are behind the point (0 to 40). A point of the line is `(value - start) * slope`, shifted right by these bits (so rounded down);
 * the product is a safe integer. Then come what the values are above it, as residuals.
 */
export const integerLinear: IntegerCodec = {
  id: 10,
  name: 'linear',

  judge(column, level, bitsMax) {
    const max = worthOfSteps(bitsMax, column);
    if (max <= 0 || !isFit(column)) return undefined;
    let best: Judgement | undefined;
    for (const line of likely(column, level)) {
      const bits = bitsOf(column, line.lane, line.slope, line.shift, best?.bits ?? max);
      if (bits < (best?.bits ?? max)) {
        best = { bits, parameters: [line.distance, line.slope, line.shift] };
      }
    }
    return best;
  },

  write(out, column, { parameters: [distance = 0, slope = 0, shift = 0] }) {
    const { values, count } = column;
    const lane = out.laneBefore(distance, count);
    if (lane === undefined || !isFit(column) || !isExact(lane, slope)) return false;
    if (shift > shiftMax) return false;
    out.head.varint(distance);
    writeSigned(out.head, lane.least);
    writeSigned(out.head, slope);
    out.head.u8(shift);
    const rest = room.take(count);
    const unit = 2 ** shift;
    for (let at = 0; at < count; at++) {
      rest[at] = values[at]! - Math.floor(((lane.values[at]! - lane.least) * slope) / unit);
    }
    return writeResiduals(out, rest, count);
  },

  read(reader, count) {
    const base = reader.laneBefore(reader.head.varint(), count);
    const start = readSigned(reader.head);
    const slope = readSigned(reader.head);
    const shift = reader.head.u8();
    if (shift > shiftMax) throw reader.fail('a slope has too many bits');
    const values = readResiduals(reader, count);
    const unit = 2 ** shift;
    for (let at = 0; at < count; at++) {
      const product = (base[at]! - start) * slope;
      if (!(Math.abs(product) <= spanMax)) throw reader.fail('a line is too steep');
      values[at]! += Math.floor(product / unit);
    }
    return assertSafe(reader, values, Number.POSITIVE_INFINITY);
  },
};

/** What is above a line by as much is a safe integer. */
function isFit(column: Integers): boolean {
  return isNarrow(column) && largestOf(column) <= spanMax / 4;
}

/** Points of the line are exact, and as near to 0 as the values must be. */
function isExact({ least, most }: WrittenLane, slope: number): boolean {
  return most - least <= spanMax && (most - least) * Math.abs(slope) <= spanMax / 4;
}

function likely(column: Integers, level: Level) {
  const all = candidatesOf(column, level).flatMap((candidate) => {
    const line = lineOf(column, candidate);
    return line === undefined || line.measure > unexplainedMax ? [] : [line];
  });
  return bestFew(all, looksMax);
}

/** The line of least squares. Its `measure` is the part of the variance that it leaves. */
function lineOf({ values, count }: Integers, { lane, distance }: Candidate) {
  const rows = probesOf(count);
  const [x0, y0] = [lane.values[rows[0]!]!, values[rows[0]!]!];
  let [n, sumX, sumY, sumXX, sumXY, sumYY] = [0, 0, 0, 0, 0, 0];
  for (let index = 0; index < rows.length; index += glanceEach) {
    const at = rows[index]!;
    const x = lane.values[at]! - x0;
    const y = values[at]! - y0;
    n++;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
    sumYY += y * y;
  }
  const varianceX = sumXX - (sumX * sumX) / n;
  const varianceY = sumYY - (sumY * sumY) / n;
  const shared = sumXY - (sumX * sumY) / n;
  if (!(varianceX > 0 && varianceY > 0)) return undefined;
  const span = lane.most - lane.least;
  const slope = shared / varianceX;
  // As many bits as make the end of the line exact to a quarter.
  const shift = Math.min(shiftMax, Math.ceil(Math.log2(span + 1)) + 2);
  const rounded = Math.round(slope * 2 ** shift);
  if (rounded === 0 || !isExact(lane, rounded)) return undefined;
  const measure = 1 - (shared * shared) / (varianceX * varianceY);
  return { lane, distance, slope: rounded, shift, measure };
}

const room = new Scratch();

function bitsOf(
  { values, count }: Integers,
  lane: WrittenLane,
  slope: number,
  shift: number,
  bitsMax: number,
): number {
  const rows = probesOf(count);
  const rest = room.take(rows.length);
  const unit = 2 ** shift;
  for (let index = 0; index < rows.length; index++) {
    const at = rows[index]!;
    rest[index] = values[at]! - Math.floor(((lane.values[at]! - lane.least) * slope) / unit);
  }
  return residualBits(rest, count, bitsMax);
}
