/**
 * What a plan is judged by: some values of a column, in eight stretches that are spread over it, so that steps from one value to
 * the next are seen as they are. A column that has no more values is its own sample.
 */

const stretches = 8;

/** Numbers of a sample, and of a stretch of it. */
export const sampleNumbersMax = 256;
export const stretchLength = sampleNumbersMax / stretches;

/** Other values of a sample. */
const sampleOthersMax = 2048;

/** Numbers by which the columns are compared from which one may be predicted. */
const probesMax = 128;

/** Rows that follow each other, by which repetition in turn is judged. */
export const windowMax = 256;

/** Where the stretches of so many values begin in a column of `count`, which has more than all of them together. */
function startsOf(count: number, length: number): number[] {
  const apart = (count - length) / (stretches - 1);
  return Array.from({ length: stretches }, (_, index) => Math.floor(index * apart));
}

/** The sample of the first `count` of `values`: a view of them where they are few. */
export function sampleNumbers(values: Float64Array, count: number): Float64Array {
  if (count <= sampleNumbersMax) return values.subarray(0, count);
  const sample = new Float64Array(sampleNumbersMax);
  startsOf(count, stretchLength).forEach((start, index) => {
    sample.set(values.subarray(start, start + stretchLength), index * stretchLength);
  });
  return sample;
}

/** The sample of 64-bit values: a view of them where they are few. */
export function sampleLongs(values: BigInt64Array): BigInt64Array {
  if (values.length <= sampleNumbersMax) return values;
  const sample = new BigInt64Array(sampleNumbersMax);
  startsOf(values.length, stretchLength).forEach((start, index) => {
    sample.set(values.subarray(start, start + stretchLength), index * stretchLength);
  });
  return sample;
}

/** The sample of other values. */
export function sampleOf<T>(values: readonly T[]): readonly T[] {
  if (values.length <= sampleOthersMax) return values;
  const length = sampleOthersMax / stretches;
  return startsOf(values.length, length).flatMap((start) => values.slice(start, start + length));
}

/** Rows by which columns of `count` values are compared: few enough to look at many columns. */
export function probesOf(count: number): Int32Array {
  const known = probes.get(count);
  if (known !== undefined) return known;
  const rows = new Int32Array(Math.min(count, probesMax));
  if (count <= probesMax) for (let at = 0; at < count; at++) rows[at] = at;
  else {
    const length = probesMax / stretches;
    startsOf(count, length).forEach((start, index) => {
      for (let at = 0; at < length; at++) rows[index * length + at] = start + at;
    });
  }
  if (probes.size === probesKeptMax) probes.clear();
  probes.set(count, rows);
  return rows;
}

/** By how many values there are: the columns of a batch have mostly as many. */
const probes = new Map<number, Int32Array>();
const probesKeptMax = 16;

/** Where a window of rows that follow each other begins in a column of `count`: in the middle. */
export function windowStart(count: number): number {
  return count <= windowMax ? 0 : (count - windowMax) >>> 1;
}
