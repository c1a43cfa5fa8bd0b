import { formatHex, isHex, parseHex } from './hex.ts';
import { textBytesCodec } from './text-bytes.ts';

const textLength = 36;
const dash = 0x2d;

/** Where in the text the dashes stand, and which bytes stand between them. */
const dashes = [8, 13, 18, 23] as const;
const parts = [
  { start: 0, byte: 0, size: 4 },
  { start: 9, byte: 4, size: 2 },
  { start: 14, byte: 6, size: 2 },
  { start: 19, byte: 8, size: 2 },
  { start: 24, byte: 10, size: 6 },
] as const;

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
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!;
      if (!parseHex(text, start + part.start, bytes, offset + part.byte, part.size, isUpper)) {
        return false;
      }
    }
    return true;
  },

  format(bytes, offset, _width, isUpper, out, start) {
    for (let index = 0; index < dashes.length; index++) out[start + dashes[index]!] = dash;
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!;
      formatHex(bytes, offset + part.byte, part.size, isUpper, out, start + part.start);
    }
  },
});
