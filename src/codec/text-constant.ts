import { assert } from '../base/errors.ts';
import { judged } from './codec.ts';
import type { TextCodec } from './text-codec.ts';

/** The same string in all rows: its bytes, as a varint, and it in UTF-8. */
export const textConstant: TextCodec = {
  id: 7,
  name: 'constant',

  judge({ values }) {
    return areSame(values) ? judged(8 * (2 + values[0]!.length)) : undefined;
  },

  write(out, { values }) {
    const [value] = values;
    if (value === undefined || !areSame(values)) return false;
    assert(value.isWellFormed(), 'a string has a lone surrogate');
    out.head.lengthText(value);
    return true;
  },

  read(reader, count) {
    return new Array<string>(count).fill(reader.head.lengthText());
  },
};

/** True of one string, and of more where none is another. */
export function areSame(values: readonly string[]): boolean {
  for (let at = 1; at < values.length; at++) if (values[at] !== values[0]) return false;
  return values.length > 0;
}
