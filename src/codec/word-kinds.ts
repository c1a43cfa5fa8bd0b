/** What a byte of UTF-8 is in prose. */
export const notWord = 0;
/** As `notWord`; and behind it a sentence begins. */
export const stop = 1;
/** Letters, digits, the apostrophe and the low line; and all that is not ASCII. */
export const inWord = 2;

export const byteKinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte > 0x7f || /[\w']/.test(character)) return inWord;
  return /[.!?\n]/.test(character) ? stop : notWord;
});

export const space = 0x20;

export function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

export function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

/** Between the two cases of a letter. */
export const caseBit = 0x20;
