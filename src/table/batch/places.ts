/** Where a column has the value of each row, or -1: values are there for those rows alone that have one. */
export type Places = Int32Array | undefined;

/** Undefined where each row has its own place. */
export function placesOf(present: Uint8Array | undefined): Places {
  if (present === undefined) return undefined;
  const places = new Int32Array(present.length);
  let next = 0;
  for (let row = 0; row < places.length; row++) places[row] = present[row] === 1 ? next++ : -1;
  return places;
}

export function placeOf(places: Places, row: number): number {
  return places === undefined ? row : places[row]!;
}
