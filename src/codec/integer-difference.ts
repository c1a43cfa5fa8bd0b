import type { Lane } from './block-writer.ts';
import type { Judgement } from './codec.ts';
import { assertSafe, type IntegerCodec, type Integers, isNarrow } from './integer-codec.ts';
import { readResiduals, residualBits, writeResiduals } from './residuals.ts';
import { sampleNumbers } from './sample.ts';

/**
 * What a value is above that of an earlier column in the same row: an end after its beginning, a highest price above a lowest. A
 * varint says how many columns before, then come the differences.
 */
export const integerDifference: IntegerCodec = {
  id: 6,
  name: 'difference',

  judge(column, level) {
    if (level === 'fast') return undefined;
    let best: Judgement | undefined;
    column.earlier.forEach((lane, index) => {
      if (!isLike(column, lane)) return;
      const differences = minus(column.sample, sampleNumbers(lane.values, lane.count));
      const bits = residualBits(differences, column.count);
      if (bits < (best?.bits ?? Number.POSITIVE_INFINITY)) {
        best = { bits, parameters: [column.earlier.length - index] };
      }
    });
    return best;
  },

  write(out, column, { parameters: [distance = 0] }) {
    const lane = out.lanes.at(-distance);
    if (lane === undefined || !isLike(column, lane)) return false;
    const differences = minus(column.values.subarray(0, column.count), lane.values);
    out.head.varint(distance);
    return writeResiduals(out, differences);
  },

  read(reader, count) {
    const base = reader.laneBefore(reader.head.varint(), count);
    const values = readResiduals(reader, count);
    for (let at = 0; at < count; at++) values[at]! += base[at]!;
    return assertSafe(reader, values);
  },
};

/** Differences of such columns are exact. */
function isLike(column: Integers, lane: Lane): boolean {
  if (lane.count !== column.count || column.divisor === 0) return false;
  return isNarrow(column) && Math.abs(column.least) < far && Math.abs(column.most) < far;
}

const far = 2 ** 50;

function minus(values: Float64Array, base: Float64Array): Float64Array {
  const differences = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) differences[at] = values[at]! - base[at]!;
  return differences;
}
