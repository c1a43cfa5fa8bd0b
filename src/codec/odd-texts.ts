import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { readOddPlaces, writeOddPlaces } from './odd-places.ts';
import type { Plan } from './plan.ts';
import { Texts } from './text-codec.ts';
import { textPlain } from './text-plain.ts';

/** Bits of the place of an odd string, and of one of its characters. */
const placeBits = 16;
const characterBits = 4;

/** Bits of the odd strings at these places. */
export function oddTextBits(places: readonly number[], values: readonly string[]): number {
  let bits = 0;
  for (const at of places) bits += placeBits + values[at]!.length * characterBits;
  return bits;
}

/** Writes the strings of a column that are of another form: their places (`odd-places.ts`), then they as `plain`, if there are any. */
export function writeOddTexts(
  out: BlockWriter,
  places: readonly number[],
  values: readonly string[],
  plan: Plan,
): void {
  writeOddPlaces(out, places);
  if (places.length > 0) textPlain.write(out, new Texts(places.map((at) => values[at]!)), plan);
}

/** Strings by their places, ascending. */
export type OddTexts = ReadonlyMap<number, string>;

/** Reads what `writeOddTexts` wrote of a column of `count` strings. */
export function readOddTexts(reader: BlockReader, count: number): OddTexts {
  const places = readOddPlaces(reader, count);
  if (places.length === 0) return none;
  const texts = textPlain.read(reader, places.length);
  return new Map(places.map((place, index) => [place, texts[index]!]));
}

const none: OddTexts = new Map();
