import type { BlockReader } from './block-reader.ts';
import { judged } from './codec.ts';
import { assertSafe, type IntegerCodec, type Integers, isNarrow } from './integer-codec.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';
import { Scratch } from './scratch.ts';
import { readSigned, writeSigned } from './signed.ts';

/**
 * The frame of reference: the least value (`signed.ts`) and the divisor (a varint, 1 or more), then as planes what each value is above
 * the least, divided.
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
    out.head.varint(Math.max(1, divisor));
    writePlanes(out, offsets(column, values, count), count, topOf(column));
    return true;
  },

  read(reader, count) {
    const least = readSigned(reader.head);
    const divisor = readDivisor(reader);
    const { values, most } = readPlanes(reader, count);
    if (divisor === 1) for (let at = 0; at < count; at++) values[at]! += least;
    else for (let at = 0; at < count; at++) values[at] = least + values[at]! * divisor;
    return assertSafe(reader, values, Math.abs(least) + most * divisor);
  },
};

/** The divisor of a column, which another codec may have, too. */
export function readDivisor(reader: BlockReader): number {
  const divisor = reader.head.varint();
  if (divisor === 0) throw reader.fail('numbers are divided by nothing');
  return divisor;
}

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
