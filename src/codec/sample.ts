/**
 * What a plan is judged by: up to 2,048 values of a column, in up to eight stretches that are spread over it, so that steps from
 * one value to the next are seen as they are.
 */

export const sampleValuesMax = 2048;
const stretches = 8;

/** Values of a stretch, where there is more than one. */
export const stretchLength = sampleValuesMax / stretches;

/** Where the stretches of a column of `count` values begin, of which there are more than `sampleValuesMax`. */
function startsOf(count: number): number[] {
  const apart = (count - stretchLength) / (stretches - 1);
  return Array.from({ length: stretches }, (_, index) => Math.floor(index * apart));
}

/** The sample of the first `count` of `values`: a view of them where they are few. */
export function sampleNumbers(values: Float64Array, count: number): Float64Array {
  if (count <= sampleValuesMax) return values.subarray(0, count);
  const sample = new Float64Array(sampleValuesMax);
  startsOf(count).forEach((start, index) => {
    sample.set(values.subarray(start, start + stretchLength), index * stretchLength);
  });
  return sample;
}

/** The sample of 64-bit values: a view of them where they are few. */
export function sampleLongs(values: BigInt64Array): BigInt64Array {
  if (values.length <= sampleValuesMax) return values;
  const sample = new BigInt64Array(sampleValuesMax);
  startsOf(values.length).forEach((start, index) => {
    sample.set(values.subarray(start, start + stretchLength), index * stretchLength);
  });
  return sample;
}

/** The sample of other values. */
export function sampleOf<T>(values: readonly T[]): readonly T[] {
  if (values.length <= sampleValuesMax) return values;
  return startsOf(values.length).flatMap((start) => values.slice(start, start + stretchLength));
}
