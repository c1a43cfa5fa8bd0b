/** Decimal digits of whole numbers from 0 up, as ASCII. */

/** More digits are no safe integer. */
export const digitsMax = 15;

const zero = 0x30;

export function isDigit(unit: number): boolean {
  return unit >= zero && unit <= 0x39;
}

/** The number whose digits stand in `text` from `start` to `end`: at most `digitsMax`. */
export function parseDecimal(text: string, start: number, end: number): number {
  // Nine digits fit a small integer, which is faster.
  const middle = Math.min(end, start + 9);
  let value = 0;
  for (let at = start; at < middle; at++) value = value * 10 + text.charCodeAt(at) - zero;
  for (let at = middle; at < end; at++) value = value * 10 + text.charCodeAt(at) - zero;
  return value;
}

const powers = Array.from({ length: digitsMax + 1 }, (_, exponent) => 10 ** exponent);

/** The digits that a number is written with, which is below 10^15: at least `width`. */
export function decimalLength(value: number, width: number): number {
  let length = width;
  while (value >= powers[length]!) length++;
  return length;
}

/** Digits that are taken off at a time, as a small integer. */
const chunkDigits = 7;
const chunk = 10 ** chunkDigits;

/** Puts `length` digits of `value` into `bytes`; `length` is `decimalLength` or more. */
export function putDecimal(bytes: Uint8Array, start: number, value: number, length: number): void {
  let rest = value;
  let end = start + length;
  for (; end - start > chunkDigits; end -= chunkDigits) {
    const next = Math.floor(rest / chunk);
    putSmall(bytes, end - chunkDigits, rest - next * chunk, end);
    rest = next;
  }
  putSmall(bytes, start, rest, end);
}

function putSmall(bytes: Uint8Array, start: number, value: number, end: number): void {
  let rest = value | 0;
  for (let at = end - 1; at >= start; at--) {
    const next = (rest / 10) | 0;
    bytes[at] = zero + rest - next * 10;
    rest = next;
  }
}
