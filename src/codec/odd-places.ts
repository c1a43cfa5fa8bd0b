import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';

/** Of as many values of a column one may be odd: of another form than its codec is for, and written beside it. */
export const oddEach = 8;

/** Whether a codec is still worth its while. */
export function areFew(odd: number, count: number): boolean {
  return odd <= fewOf(count);
}

/** How many of `count` values may be odd. */
export function fewOf(count: number): number {
  return Math.floor(count / oddEach);
}

/** Writes ascending places: their number, then for each how many places it is behind the one before (the first: its place). */
export function writeOddPlaces(out: BlockWriter, places: readonly number[]): void {
  out.head.varint(places.length);
  let last = 0;
  for (const place of places) {
    out.head.varint(place - last);
    last = place;
  }
}

/** Reads what `writeOddPlaces` wrote of a column of `count` values. */
export function readOddPlaces(reader: BlockReader, count: number): number[] {
  const places: number[] = [];
  let last = 0;
  for (let left = reader.head.count(); left > 0; left--) {
    const behind = reader.head.varint();
    last += behind;
    if (last >= count || (behind === 0 && places.length > 0)) {
      throw reader.fail('an odd value has no place');
    }
    places.push(last);
  }
  return places;
}
