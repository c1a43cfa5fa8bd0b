import { assert } from '../base/errors.ts';
import { encodeUtf8 } from '../base/utf8.ts';

/** Strings in UTF-8, with the end of a line behind each. */
export interface JoinedBytes {
  readonly bytes: Uint8Array;
  /** Where each ends, in front of the end of its line. */
  readonly ends: Int32Array;
}

/** The UTF-8 of `values`, which are well-formed. */
export function joinedUtf8(values: readonly string[]): JoinedBytes {
  const bytes = values.length === 0 ? noBytes : encodeUtf8(`${values.join('\n')}\n`);
  const ends = new Int32Array(values.length);
  let next = 0;
  for (let at = 0; at < ends.length; at++) {
    ends[at] = next + values[at]!.length;
    next = ends[at]! + 1;
  }
  if (next < bytes.length) measureBytes(bytes, values, ends);
  return { bytes, ends };
}

const noBytes = new Uint8Array(0);

/** Finds where strings end that are not all ASCII. */
function measureBytes(bytes: Uint8Array, values: readonly string[], ends: Int32Array): void {
  let position = 0;
  for (let at = 0; at < ends.length; at++) {
    const value = values[at]!;
    assert(value.isWellFormed(), 'a string has a lone surrogate');
    for (let units = 0; units < value.length; units++) {
      const byte = bytes[position]!;
      position += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      // A pair of surrogates.
      if (byte >= 0xf0) units++;
    }
    ends[at] = position++;
  }
}
