/**
 * The zigzag form of whole numbers, in place: `2 * n` where n is 0 or more, else `-2 * n - 1`. What is near to 0 stays small.
 * The numbers are within 2^52 of 0.
 */
export function zigzag(values: Float64Array): { readonly most: number; readonly least: number } {
  let most = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    const folded = value < 0 ? -2 * value - 1 : 2 * value;
    values[at] = folded;
    if (folded > most) most = folded;
  }
  return { most, least: 0 };
}

/** Undoes it. */
export function unzigzag(values: Float64Array): void {
  for (let at = 0; at < values.length; at++) {
    const folded = values[at]!;
    values[at] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }
}
