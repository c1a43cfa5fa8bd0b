import type { Judgement } from './codec.ts';
import { assertSafe, type IntegerCodec, isNarrow } from './integer-codec.ts';
import { readResiduals, residualBits, writeResiduals } from './residuals.ts';
import { sampleNumbers } from './sample.ts';

/** How two earlier values make one, by the number that stands in the block. */
const operations: readonly ((left: number, right: number) => number)[] = [
  (left, right) => left + right,
  (left, right) => left - right,
  (left, right) => left * right,
];

/** Earlier columns that are looked at. */
const partsMax = 12;

/** Values by which a pair is looked at first, and how many of them it must get right for a second look. */
const probes = 48;
const rightMin = 24;

/**
 * A total of two earlier columns of the same rows: their sum, difference or product. A byte for which of these, the distances of
 * the two as varints, then what each value is above that.
 */
export const integerTotal: IntegerCodec = {
  id: 7,
  name: 'total',

  judge(column, level) {
    if (level === 'fast' || column.count < probes || !isNarrow(column)) return undefined;
    const { sample, earlier, count } = column;
    const parts = earlier
      .map(({ values, count: length }, index) => ({
        values,
        length,
        distance: earlier.length - index,
      }))
      .filter(({ length }) => length === count)
      .slice(-partsMax)
      .map(({ values, distance }) => ({ distance, values: sampleNumbers(values, count) }));
    let best: Judgement | undefined;
    for (const left of parts) {
      for (const right of parts) {
        for (const [operation, combine] of operations.entries()) {
          if (operation !== 1 && right.distance > left.distance) continue;
          if (!isLikely(sample, left.values, right.values, combine)) continue;
          const rest = restOf(sample, left.values, right.values, combine);
          const bits = residualBits(rest, count);
          if (bits >= (best?.bits ?? Number.POSITIVE_INFINITY)) continue;
          best = { bits, parameters: [operation, left.distance, right.distance] };
        }
      }
    }
    return best;
  },

  write(out, column, { parameters: [operation = 0, first = 0, second = 0] }) {
    const [left, right] = [out.lanes.at(-first), out.lanes.at(-second)];
    const { count } = column;
    if (left?.count !== count || right?.count !== count) return false;
    const values = column.values.subarray(0, count);
    const rest = restOf(values, left.values, right.values, operations[operation]!);
    if (!rest.every(Number.isSafeInteger)) return false;
    out.head.u8(operation);
    out.head.varint(first);
    out.head.varint(second);
    return writeResiduals(out, rest);
  },

  read(reader, count) {
    const combine = operations[reader.head.u8()];
    if (combine === undefined) throw reader.fail('there is no such total');
    const left = reader.laneBefore(reader.head.varint(), count);
    const right = reader.laneBefore(reader.head.varint(), count);
    const values = readResiduals(reader, count);
    for (let at = 0; at < count; at++) values[at]! += combine(left[at]!, right[at]!);
    return assertSafe(reader, values);
  },
};

type Combine = (left: number, right: number) => number;

function isLikely(
  sample: Float64Array,
  left: Float64Array,
  right: Float64Array,
  combine: Combine,
): boolean {
  const apart = Math.max(1, Math.floor(sample.length / probes));
  let hits = 0;
  for (let probe = 0, at = 0; probe < probes && at < sample.length; probe++, at += apart) {
    if (combine(left[at]!, right[at]!) === sample[at]) hits++;
    else if (probe - hits >= probes - rightMin) return false;
  }
  return hits >= rightMin;
}

function restOf(
  values: Float64Array,
  left: Float64Array,
  right: Float64Array,
  combine: Combine,
): Float64Array {
  const rest = new Float64Array(values.length);
  for (let at = 0; at < rest.length; at++) rest[at] = values[at]! - combine(left[at]!, right[at]!);
  return rest;
}
