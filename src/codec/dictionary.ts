/** The distinct ones of a column, and which of them each value is. */
export interface Dictionary {
  /** In the order in which they first come. */
  readonly entries: readonly string[];
  /** For each value its place among the entries. */
  readonly places: Float64Array;
}

export function dictionaryOf(values: readonly string[]): Dictionary {
  const byText = new Map<string, number>();
  const entries: string[] = [];
  const places = new Float64Array(values.length);
  let last: string | undefined;
  let place = 0;
  for (let at = 0; at < places.length; at++) {
    const value = values[at]!;
    // The same one often comes again at once.
    if (value !== last) {
      last = value;
      const known = byText.get(value);
      place = known ?? entries.length;
      if (known === undefined) {
        byText.set(value, place);
        entries.push(value);
      }
    }
    places[at] = place;
  }
  return { entries, places };
}

/** The same with its entries in ascending order of their units of UTF-16. */
export function sorted({ entries, places }: Dictionary): Dictionary {
  const order = ascending(entries);
  const ranks = new Float64Array(order.length);
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank]!] = rank;
  const result = new Float64Array(places.length);
  for (let at = 0; at < result.length; at++) result[at] = ranks[places[at]!]!;
  return { entries: Array.from(order, (place) => entries[place]!), places: result };
}

/** Units that are compared as one number, seven bits of each: what is above is all the same. */
const keyUnits = 5;
const unitMost = 127;

/** Places are below this. */
const placeLimit = 2 ** 17;

/** The places of different strings, those of the lower ones first. Numbers sort much faster than strings, so their beginnings come first. */
function ascending(entries: readonly string[]): Float64Array {
  if (entries.length >= placeLimit) return Float64Array.from(byComparison(entries, entries.keys()));
  const common = commonLength(entries);
  const keys = new Float64Array(entries.length);
  for (let place = 0; place < keys.length; place++) {
    keys[place] = keyOf(entries[place]!, common) * placeLimit + place;
  }
  keys.sort();
  const order = keys.map((key) => key % placeLimit);
  const beginnings = keys.map((key) => Math.floor(key / placeLimit));
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (beginnings[end] === beginnings[start]) end++;
    if (end - start > 1) order.set(byComparison(entries, order.subarray(start, end)), start);
    start = end;
  }
  return order;
}

function byComparison(entries: readonly string[], places: Iterable<number>): number[] {
  return [...places].sort((left, right) => (entries[left]! < entries[right]! ? -1 : 1));
}

/** The number of units that all begin with. */
function commonLength(entries: readonly string[]): number {
  const first = entries[0] ?? '';
  let common = first.length;
  for (let at = 1; at < entries.length && common > 0; at++) {
    const entry = entries[at]!;
    let length = 0;
    while (length < common && entry.charCodeAt(length) === first.charCodeAt(length)) length++;
    common = length;
  }
  return common;
}

/** Ascends with the strings, or is the same of several: of those that end sooner and that go on with the lowest unit, or with high ones. */
function keyOf(text: string, start: number): number {
  let key = 0;
  let unit = 0;
  for (let at = start; at < start + keyUnits; at++) {
    if (unit < unitMost) unit = at < text.length ? Math.min(text.charCodeAt(at), unitMost) : 0;
    key = key * (unitMost + 1) + unit;
  }
  return key;
}
