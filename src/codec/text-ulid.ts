import { valuesOf } from './hex.ts';
import { textBytesCodec } from './text-bytes.ts';

const textLength = 26;
const width = 16;

/** Crockford's base 32: neither I, L, O nor U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const upper = valuesOf(alphabet);
const lower = valuesOf(alphabet.toLowerCase());
const upperCharacters = Uint8Array.from(alphabet, (each) => each.charCodeAt(0));
const lowerCharacters = Uint8Array.from(alphabet.toLowerCase(), (each) => each.charCodeAt(0));

/**
 * ULIDs as 16 bytes, of which the first six are a time: 26 digits of Crockford's base 32 are 130 bits, the highest first, and the
 * first two of these are 0.
 */
export const textUlid = textBytesCodec(5, 'ulid', {
  width,
  lengthOf: () => textLength,

  startIn(text) {
    const start = text.length - textLength;
    if (start < 0) return -1;
    for (let at = start; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit > 127 || Math.min(lower[unit]!, upper[unit]!) > 31) return -1;
    }
    return start;
  },

  parse(text, start, bytes, offset, _width, isUpper) {
    const values = isUpper ? upper : lower;
    let digits = 0;
    let bits = -2;
    let at = offset;
    for (let index = start; index < start + textLength; index++) {
      const unit = text.charCodeAt(index);
      const value = unit > 127 ? 0xff : values[unit]!;
      if (value > 31 || (bits < 0 && value > 7)) return false;
      digits = ((digits & 0x7f) << 5) | value;
      bits += 5;
      if (bits < 8) continue;
      bits -= 8;
      bytes[at++] = digits >>> bits;
    }
    return true;
  },

  format(bytes, offset, _width, isUpper, out, start) {
    const characters = isUpper ? upperCharacters : lowerCharacters;
    let digits = 0;
    let bits = 2;
    let at = start;
    for (let index = offset; index < offset + width; index++) {
      digits = ((digits & 0x1f) << 8) | bytes[index]!;
      bits += 8;
      for (; bits >= 5; ) {
        bits -= 5;
        out[at++] = characters[(digits >>> bits) & 31]!;
      }
    }
  },
});
