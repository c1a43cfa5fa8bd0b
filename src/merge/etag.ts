/** The opaque tag of a row version. Callers only compare it. */
export function etagOf(version: number): string {
  return `v${version.toString(36)}`;
}
