import { groupedWidthMax } from './byte-groups.ts';
import { formatHex, isHex, parseHex } from './hex.ts';
import { textBytesCodec } from './text-bytes.ts';

/** Shorter ones are as good as text, or numbers. */
const widthMin = 4;

/** Hexadecimal digits of one even length, from 8 to 128, two for each byte: digests, traces, ids of 12 bytes. */
export const textHex = textBytesCodec(6, 'hex', {
  width: undefined,
  lengthOf: (width) => 2 * width,

  startIn(text) {
    let start = text.length;
    while (start > 0 && isHex(text.charCodeAt(start - 1))) start--;
    const width = (text.length - start) / 2;
    return Number.isInteger(width) && width >= widthMin && width <= groupedWidthMax ? start : -1;
  },

  parse: parseHex,
  format: formatHex,
});
