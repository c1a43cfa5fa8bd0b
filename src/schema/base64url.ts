const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const digits = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 64; digit++) digits[alphabet.charCodeAt(digit)] = digit;

/** Base64 with the URL alphabet and without padding (RFC 4648, section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    count += 8;
    for (; count >= 6; count -= 6) text += alphabet[(bits >>> (count - 6)) & 63];
  }
  return count === 0 ? text : text + alphabet[(bits << (6 - count)) & 63];
}

/** The bytes of such a text; undefined where `encodeBase64Url` would not have written it so. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = digits[text.charCodeAt(index)] ?? -1;
    if (digit < 0) return undefined;
    bits = ((bits << 6) | digit) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = bits >>> count;
  }
  // The bits that are left over are zero in the one canonical form.
  return (bits & ((1 << count) - 1)) === 0 ? bytes : undefined;
}
