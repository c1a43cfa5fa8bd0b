/** Pairs of hexadecimal digits, in one case. */

const none = 0xff;
const lowerDigits = '0123456789abcdef';

/** What a character stands for, by its code. */
export function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(none);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

function charactersOf(alphabet: string): Uint8Array {
  return Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
}

const lower = { values: valuesOf(lowerDigits), characters: charactersOf(lowerDigits) };
const upper = {
  values: valuesOf(lowerDigits.toUpperCase()),
  characters: charactersOf(lowerDigits.toUpperCase()),
};

/** Puts a byte for each of `places` into `bytes`, whose digits stand there in `text` behind `start`. False where there are none. */
export function parseHex(
  text: string,
  start: number,
  bytes: Uint8Array,
  offset: number,
  places: Uint8Array,
  isUpper: boolean,
): boolean {
  const { values } = isUpper ? upper : lower;
  for (let at = 0; at < places.length; at++) {
    const place = start + places[at]!;
    const first = text.charCodeAt(place);
    const second = text.charCodeAt(place + 1);
    if ((first | second) > 127) return false;
    const high = values[first]!;
    const low = values[second]!;
    if ((high | low) === none) return false;
    bytes[offset + at] = high * 16 + low;
  }
  return true;
}

/** Puts the digits of as many bytes as there are `places` there into `out`, behind `start`. */
export function formatHex(
  bytes: Uint8Array,
  offset: number,
  places: Uint8Array,
  isUpper: boolean,
  out: Uint8Array,
  start: number,
): void {
  const { characters } = isUpper ? upper : lower;
  for (let at = 0; at < places.length; at++) {
    const byte = bytes[offset + at]!;
    const place = start + places[at]!;
    out[place] = characters[byte >> 4]!;
    out[place + 1] = characters[byte & 15]!;
  }
}

/** Whether a character is a hexadecimal digit of either case. */
export function isHex(unit: number): boolean {
  return unit < 128 && Math.min(lower.values[unit]!, upper.values[unit]!) !== none;
}
