import type { WrittenLane } from './block-writer.ts';
import type { Judgement } from './codec.ts';
import {
  assertSafe,
  type IntegerCodec,
  type Integers,
  isNarrow,
  largestOf,
} from './integer-codec.ts';
import { candidatesOf, worthOfSteps } from './prediction.ts';
import { readResiduals, residualBits, writeResiduals } from './residuals.ts';
import { probesOf } from './sample.ts';
import { Scratch } from './scratch.ts';

type Combine = (left: number, right: number) => number;

/** How two earlier values make one, by the number that stands in the block. */
const operations: readonly Combine[] = [
  (left, right) => left + right,
  (left, right) => left - right,
  (left, right) => left * right,
];

/** The nearest columns are those that a total is of. */
const partsMax = 12;

/** Values by which a pair is looked at first, how many of them it must get right, and among how many of them one. */
const glances = 48;
const rightMin = 24;
const firstRightMax = 8;

/**
 * A total of two earlier columns of the same rows: a byte for which (0 their sum, 1 the first less the second, 2 their product), the
 * distances of the two as varints, then what each value is above that, as residuals.
 */
export const integerTotal: IntegerCodec = {
  id: 7,
  name: 'total',

  judge(column, level, bitsMax) {
    const max = worthOfSteps(bitsMax, column);
    if (max <= 0 || column.count < glances || !isNarrow(column)) return undefined;
    const parts = candidatesOf(column, level).slice(0, partsMax);
    let best: Judgement | undefined;
    for (const left of parts) {
      for (const right of parts) {
        for (const [operation, combine] of operations.entries()) {
          const isTwice = operation !== 1 && right.distance > left.distance;
          if (isTwice || !areExact(left.lane, right.lane)) continue;
          if (!isLikely(column, left.lane, right.lane, combine)) continue;
          const bits = bitsOf(column, left.lane, right.lane, combine, best?.bits ?? max);
          if (bits >= (best?.bits ?? max)) continue;
          best = { bits, parameters: [operation, left.distance, right.distance] };
        }
      }
    }
    return best;
  },

  write(out, column, { parameters: [operation = 0, first = 0, second = 0] }) {
    const { count, values } = column;
    const left = out.laneBefore(first, count);
    const right = out.laneBefore(second, count);
    const combine = operations[operation];
    if (left === undefined || right === undefined || combine === undefined) return false;
    if (!areExact(left, right)) return false;
    const rest = room.take(count);
    for (let at = 0; at < count; at++) {
      rest[at] = values[at]! - combine(left.values[at]!, right.values[at]!);
      if (!Number.isSafeInteger(rest[at])) return false;
    }
    out.head.u8(operation);
    out.head.varint(first);
    out.head.varint(second);
    return writeResiduals(out, rest, count);
  },

  read(reader, count) {
    const operation = reader.head.u8();
    const combine = operations[operation];
    if (combine === undefined) throw reader.fail('there is no such total');
    const left = reader.laneBefore(reader.head.varint(), count);
    const right = reader.laneBefore(reader.head.varint(), count);
    const values = readResiduals(reader, count);
    if (operation === 0) for (let at = 0; at < count; at++) values[at]! += left[at]! + right[at]!;
    else for (let at = 0; at < count; at++) values[at]! += combine(left[at]!, right[at]!);
    return assertSafe(reader, values, Number.POSITIVE_INFINITY);
  },
};

const room = new Scratch();

/** Sums and products of such columns are exact. */
function areExact(left: WrittenLane, right: WrittenLane): boolean {
  const [one, other] = [largestOf(left), largestOf(right)];
  return Math.max(one + other, one * other) <= Number.MAX_SAFE_INTEGER;
}

function isLikely(
  { values, count }: Integers,
  left: WrittenLane,
  right: WrittenLane,
  combine: Combine,
): boolean {
  const rows = probesOf(count);
  const apart = Math.max(1, Math.floor(rows.length / glances));
  let hits = 0;
  for (let glance = 0; glance < glances; glance++) {
    const at = rows[glance * apart]!;
    if (combine(left.values[at]!, right.values[at]!) === values[at]) hits++;
    else if (glance - hits >= glances - rightMin) return false;
    if (glance === firstRightMax && hits === 0) return false;
  }
  return hits >= rightMin;
}

function bitsOf(
  { values, count }: Integers,
  left: WrittenLane,
  right: WrittenLane,
  combine: Combine,
  bitsMax: number,
): number {
  const rows = probesOf(count);
  const rest = room.take(rows.length);
  for (let index = 0; index < rows.length; index++) {
    const at = rows[index]!;
    rest[index] = values[at]! - combine(left.values[at]!, right.values[at]!);
  }
  return residualBits(rest, count, bitsMax);
}
