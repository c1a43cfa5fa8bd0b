import { formatHex, isHex, parseHex } from './hex.ts';
import { textBytesCodec } from './text-bytes.ts';

const textLength = 36;
const dash = 0x2d;

/** Where in the text the dashes stand, and the digits of each byte. */
const dashes = [8, 13, 18, 23] as const;
const places = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);

/** UUIDs as 16 bytes, whatever their version: 8, 4, 4, 4 and 12 hexadecimal digits with a dash between them. */
export const textUuid = textBytesCodec(4, 'uuid', {
  width: 16,
  lengthOf: () => textLength,

  startIn(text) {
    const start = text.length - textLength;
    const isLike =
      start >= 0 &&
      dashes.every((at) => text.charCodeAt(start + at) === dash) &&
      isHex(text.charCodeAt(start));
    return isLike ? start : -1;
  },

  parse(text, start, bytes, offset, _width, isUpper) {
    for (let index = 0; index < dashes.length; index++) {
      if (text.charCodeAt(start + dashes[index]!) !== dash) return false;
    }
    return parseHex(text, start, bytes, offset, places, isUpper);
  },

  format(bytes, offset, _width, isUpper, out, start) {
    for (let index = 0; index < dashes.length; index++) out[start + dashes[index]!] = dash;
    formatHex(bytes, offset, places, isUpper, out, start);
  },
});
