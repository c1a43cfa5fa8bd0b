/** Strings by which a codec is judged: fewer than there are numbers in a sample, because each costs more to look at. */
export const sampleStringsMax = 256;

/** Stretches of neighbours that they are in. */
const stretches = 8;

/** Some of `values`, in stretches that are spread over them; all of them where they are few. */
export function sampleStrings<T>(values: readonly T[]): readonly T[] {
  if (values.length <= sampleStringsMax) return values;
  const length = sampleStringsMax / stretches;
  const apart = (values.length - length) / (stretches - 1);
  return Array.from({ length: stretches }, (_, index) => Math.floor(index * apart)).flatMap(
    (start) => values.slice(start, start + length),
  );
}
