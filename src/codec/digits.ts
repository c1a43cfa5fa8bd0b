/** Decimal digits of whole numbers from 0 up, as ASCII. */

/** More digits are no safe integer. */
export const digitsMax = 15;

const zero = 0x30;

export function isDigit(unit: number): boolean {
  return unit >= zero && unit <= 0x39;
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
  if (length <= chunkDigits) {
    putSmall(bytes, start, value, start + length);
    return;
  }
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
