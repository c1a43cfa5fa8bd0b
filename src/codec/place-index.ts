import { keep } from './kept.ts';

/** Values within such a distance are looked up in an array. */
const tableMax = 0x1_0000;

/** One for all indices. */
let table = new Int32Array(1024);

/**
 * The distinct values of a column of whole numbers, by the place in which each first comes, from 0 up. An index is of use until
 * the next one is made.
 */
export class PlaceIndex {
  private readonly least: number;
  private readonly byValue: Map<number, number> | undefined;
  /** Distinct values so far. */
  size = 0;

  /** For values from `least` to `most`. */
  constructor(least: number, most: number) {
    this.least = least;
    const span = most - least;
    // Where values lie far apart a Map takes them, which nobody can make slow by the choice of values.
    this.byValue = span < tableMax ? undefined : new Map();
    if (this.byValue !== undefined) return;
    if (span >= table.length) table = new Int32Array(tableMax);
    else table.fill(0, 0, span + 1);
  }

  /** True where values lie far apart. */
  get isSparse(): boolean {
    return this.byValue !== undefined;
  }

  /** The place of a value; a new one has the next, or -1 where there are `max` already. */
  placeOf(value: number, max: number): number {
    if (this.byValue === undefined) {
      const known = table[value - this.least]! - 1;
      if (known >= 0 || this.size >= max) return known;
      table[value - this.least] = this.size + 1;
      return this.size++;
    }
    const known = this.byValue.get(value);
    if (known !== undefined) return known;
    if (this.size >= max) return -1;
    this.byValue.set(value, this.size);
    return this.size++;
  }
}

/** What values stand for which column, as places by first occurrence. */
export interface Places {
  readonly places: Int32Array;
  /** How many distinct ones there are. */
  readonly size: number;
}

/** Rows after which a column is given up in which values lie far apart, if nearly all of them are distinct. */
const firstLook = 128;
const firstDistinctMax = 112;

/**
 * The places of the first `count` of `values`; undefined above `max` distinct ones, or in haste where there are likely to be as
 * many.
 */
export function placesOf(
  values: Float64Array,
  count: number,
  max: number,
  inHaste = false,
): Places | undefined {
  let least = values[0] ?? 0;
  let most = least;
  for (let at = 1; at < count; at++) {
    const value = values[at]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  const index = new PlaceIndex(least, most);
  const places = new Int32Array(count);
  let last = Number.NaN;
  let place = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    if (value !== last) {
      place = index.placeOf(value, max);
      if (place < 0) return undefined;
      if (inHaste && index.isSparse && at === firstLook && place >= firstDistinctMax) {
        return undefined;
      }
      last = value;
    }
    places[at] = place;
  }
  return { places, size: index.size };
}

keep(new PlaceIndex(0, 0));
