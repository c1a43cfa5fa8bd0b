import { bytesEqual } from '../base/bytes.ts';
import type { ByteCodec } from './byte-codec.ts';
import { judged } from './codec.ts';

/** The same byte string in all rows: its length as a varint, and its bytes. What a reader gives is the same view for each. */
export const byteConstant: ByteCodec = {
  id: 3,
  name: 'constant',

  judge({ values }) {
    return areSame(values) ? judged(8 * (2 + values[0]!.length)) : undefined;
  },

  write(out, { values }) {
    const [value] = values;
    if (value === undefined || !areSame(values)) return false;
    out.head.lengthBytes(value);
    return true;
  },

  read(reader, count) {
    return new Array<Uint8Array>(count).fill(reader.head.lengthBytes());
  },
};

/** True of one byte string, and of more where none is another. */
export function areSame(values: readonly Uint8Array[]): boolean {
  const [first] = values;
  if (first === undefined) return false;
  for (let at = 1; at < values.length; at++) {
    if (!bytesEqual(values[at]!, first)) return false;
  }
  return true;
}
