/**
 * A UUID in four numbers of 32 bits, the most significant first: their order is the order of the text. Several
 * may stand in one array.
 */
export type UuidWords = Uint32Array;

export const uuidTextLength = 36;

const dash = 0x2d;
const dashesAt = [8, 13, 18, 23] as const;
/** Where the 32 hexadecimal digits stand in the text. */
const digitsAt = Uint8Array.from({ length: uuidTextLength }, (_, at) => at).filter(
  (at) => !dashesAt.some((dashAt) => dashAt === at),
);

/** Characters of the sixteen digits, and the value of each character, 255 for those that are no digit. */
const digitCodes = new Uint8Array(16);
const digitValues = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value++) {
  digitCodes[value] = value.toString(16).charCodeAt(0);
  digitValues[digitCodes[value]!] = value;
}

/**
 * Reads a UUID in its canonical text, 36 characters in lower case, into `words[offset, offset + 4)`. False for any
 * other text; the words are undefined then.
 */
export function parseUuid(text: string, words: UuidWords, offset: number): boolean {
  if (text.length !== uuidTextLength) return false;
  for (const at of dashesAt) if (text.charCodeAt(at) !== dash) return false;
  for (let digit = 0; digit < 32; digit += 8) {
    let word = 0;
    for (let index = digit; index < digit + 8; index++) {
      const code = text.charCodeAt(digitsAt[index]!);
      if (code > 0x7f) return false;
      const value = digitValues[code]!;
      if (value > 15) return false;
      word = (word << 4) | value;
    }
    words[offset + (digit >>> 3)] = word;
  }
  return true;
}

/** Writes the canonical text, 36 bytes of ASCII, to the start of `target`. */
export function formatUuidInto(words: UuidWords, offset: number, target: Uint8Array): void {
  for (const at of dashesAt) target[at] = dash;
  for (let digit = 0; digit < 32; digit++) {
    const value = (words[offset + (digit >>> 3)]! >>> (28 - ((digit & 7) << 2))) & 15;
    target[digitsAt[digit]!] = digitCodes[value]!;
  }
}

const codes = new Uint8Array(uuidTextLength);

export function formatUuid(words: UuidWords, offset: number): string {
  formatUuidInto(words, offset, codes);
  // Takes an array-like just as well, whatever its type says, and makes a flat string, unlike `+`.
  return String.fromCharCode.apply(null, codes as unknown as number[]);
}

/** Hash of a UUID, 32 bits unsigned: the rounds and the end of MurmurHash3 over its four words. */
export function hashUuid(words: UuidWords, offset: number): number {
  let hash = 0;
  for (let index = offset; index < offset + 4; index++) {
    let word = Math.imul(words[index]!, 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
