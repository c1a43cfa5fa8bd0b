import { judged } from './codec.ts';
import { assertSafe, type IntegerCodec, type Integers, isNarrow } from './integer-codec.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';
import { Scratch } from './scratch.ts';
import { readSigned, writeSigned } from './signed.ts';

/**
 * The frame of reference: the least value (`signed.ts`) and the divisor (a varint), then as planes what each value is above the
 * least, divided. A column of one value is nothing but these two, with the divisor 0.
 */
export const integerOffset: IntegerCodec = {
  id: 0,
  name: 'offset',

  judge(column, _level, bitsMax) {
    if (!isNarrow(column)) return undefined;
    const { sample, count } = column;
    const above = offsets(column, sample, sample.length);
    return judged(bestShape(above, topOf(column), count, bitsMax).bits);
  },

  write(out, column) {
    if (!isNarrow(column)) return false;
    const { values, count, least, divisor } = column;
    writeSigned(out.head, least);
    out.head.varint(divisor);
    writePlanes(out, offsets(column, values, count), count, topOf(column));
    return true;
  },

  read(reader, count) {
    const least = readSigned(reader.head);
    const divisor = reader.head.varint();
    const { values, most } = readPlanes(reader, count);
    if (divisor === 1) for (let at = 0; at < count; at++) values[at]! += least;
    else for (let at = 0; at < count; at++) values[at] = least + values[at]! * divisor;
    return assertSafe(reader, values, Math.abs(least) + most * divisor);
  },
};

const room = new Scratch();

function topOf({ least, most, divisor }: Integers): number {
  return divisor === 0 ? 0 : (most - least) / divisor;
}

function offsets({ least, divisor }: Integers, values: Float64Array, count: number): Float64Array {
  const result = room.take(count);
  if (divisor === 0) result.fill(0);
  else if (divisor === 1) for (let at = 0; at < count; at++) result[at] = values[at]! - least;
  else for (let at = 0; at < count; at++) result[at] = (values[at]! - least) / divisor;
  return result;
}
