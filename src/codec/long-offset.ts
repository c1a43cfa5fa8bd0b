import { judged } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import type { LongCodec } from './long-codec.ts';

/** What is above the least value by this is no safe integer. */
const spanMax = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Large values that are near to each other: the least one as eight bytes, then what each is above it as a column of integers.
 * Differences are those of signed numbers.
 */
export const longOffset: LongCodec = {
  id: 1,
  name: 'offset',

  judge({ values, sample }) {
    const offsets = offsetsOf(sample);
    return offsets && judged(64 + integersBits(offsets.numbers, values.length));
  },

  write(out, { values }, plan) {
    const offsets = offsetsOf(values);
    if (offsets === undefined) return false;
    out.head.fixed64(offsets.least);
    writeIntegers(out, offsets.numbers, values.length, plan.part(0));
    return true;
  },

  read(reader, count) {
    const least = BigInt.asIntN(64, reader.head.fixed64());
    const numbers = readIntegers(reader, count);
    reader.allow(count);
    const values = new BigInt64Array(count);
    for (let at = 0; at < count; at++) {
      const value = least + BigInt(numbers[at]!);
      if (BigInt.asIntN(64, value) !== value) throw reader.fail('a number has more than 64 bits');
      values[at] = value;
    }
    return values;
  },
};

function offsetsOf(values: BigInt64Array) {
  let least = values[0] ?? 0n;
  let most = least;
  for (let at = 1; at < values.length; at++) {
    const value = values[at]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  if (most - least > spanMax) return undefined;
  const numbers = Float64Array.from(values, (value) => Number(value - least));
  return { least, numbers };
}
