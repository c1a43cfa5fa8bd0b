/**
 * The zigzag form of whole numbers, in place: `2 * n` where n is 0 or more, else `-2 * n - 1`. What is near to 0 stays small.
 * The numbers are within 2^52 of 0. Returns the largest result.
 */
export function zigzag(values: Float64Array): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    const folded = value < 0 ? -2 * value - 1 : 2 * value;
    values[at] = folded;
    if (folded > most) most = folded;
  }
  return most;
}

/** What `folded` is the zigzag form of: the half of an even one; of an odd one the half of one more, negative. */
export function unzigzag(folded: number): number {
  const half = Math.floor(folded / 2);
  return half + half === folded ? half : -half - 1;
}
