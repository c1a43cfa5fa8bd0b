import { judged } from './codec.ts';
import type { IntegerCodec } from './integer-codec.ts';
import { readSigned, writeSigned } from './signed.ts';

/** A codec, and a value of few bytes. */
const constantBits = 24;

/** The same value in all rows: that value (`signed.ts`), and nothing else. */
export const integerConstant: IntegerCodec = {
  id: 12,
  name: 'constant',

  judge({ divisor }) {
    return divisor === 0 ? judged(constantBits) : undefined;
  },

  write(out, { values, divisor, count }) {
    if (divisor > 0 || count === 0) return false;
    writeSigned(out.head, values[0]!);
    return true;
  },

  read(reader, count) {
    return reader.values(count).fill(readSigned(reader.head));
  },
};
