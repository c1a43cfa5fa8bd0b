import { groupedWidthMax } from './byte-groups.ts';
import { formatHex, isHex, parseHex } from './hex.ts';
import { textBytesCodec } from './text-bytes.ts';

/** Shorter ones are as good as text, or numbers. */
const widthMin = 4;

/** Where the digits of so many bytes stand. */
const placesOf = Array.from({ length: groupedWidthMax + 1 }, (_, width) =>
  Uint8Array.from({ length: width }, (_, at) => 2 * at),
);

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

  parse(text, start, bytes, offset, width, isUpper) {
    return parseHex(text, start, bytes, offset, placesOf[width]!, isUpper);
  },

  format(bytes, offset, width, isUpper, out, start) {
    formatHex(bytes, offset, placesOf[width]!, isUpper, out, start);
  },
});
