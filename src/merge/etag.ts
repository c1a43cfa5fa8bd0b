/** Characters of a tag at the most: a later server may give longer ones than this. */
export const etagLengthMax = 64;

/** The opaque tag of a row version. Callers only compare it. */
export function etagOf(version: number): string {
  return `v${version.toString(36)}`;
}
