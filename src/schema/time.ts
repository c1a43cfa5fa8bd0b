/** Full names of the two messages that are stored as one number of nanoseconds (kind `time`). */
export const timestampName = 'google.protobuf.Timestamp';
export const durationName = 'google.protobuf.Duration';

const second = 1_000_000_000n;

/** Seconds from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, as timestamp.proto has it. */
const timestampSecondsMin = -62_135_596_800;
const timestampSecondsMax = 253_402_300_799;
/** About 10,000 years, as duration.proto has it. */
const durationSecondsMax = 315_576_000_000;
const nanosMax = 999_999_999;

const timestampMin = BigInt(timestampSecondsMin) * second;
const timestampMax = BigInt(timestampSecondsMax) * second + BigInt(nanosMax);
const durationMax = BigInt(durationSecondsMax) * second + BigInt(nanosMax);

/**
 * Nanoseconds of a Timestamp's or Duration's two fields, or undefined where they are outside the range that their
 * proto files document. Takes up to 70 bits: the years 1 to 9999 do not fit int64.
 */
export function nanosecondsOf(
  duration: boolean,
  seconds: number,
  nanos: number,
): bigint | undefined {
  if (duration) {
    if (Math.abs(seconds) > durationSecondsMax || Math.abs(nanos) > nanosMax) return undefined;
    if ((seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) return undefined;
  } else {
    if (seconds < timestampSecondsMin || seconds > timestampSecondsMax) return undefined;
    if (nanos < 0 || nanos > nanosMax) return undefined;
  }
  return BigInt(seconds) * second + BigInt(nanos);
}

/** True for nanoseconds that a Timestamp or a Duration can hold. */
export function inTimeRange(duration: boolean, nanoseconds: bigint): boolean {
  return duration
    ? nanoseconds >= -durationMax && nanoseconds <= durationMax
    : nanoseconds >= timestampMin && nanoseconds <= timestampMax;
}

/** The field `seconds`. Of a Timestamp it is rounded down, of a Duration towards zero. */
export function secondsOf(duration: boolean, nanoseconds: bigint): number {
  const seconds = Number(nanoseconds / second);
  return !duration && nanoseconds < 0n && nanoseconds % second !== 0n ? seconds - 1 : seconds;
}

/** The field `nanos`. Of a Timestamp it is never negative, of a Duration it has the sign of the whole. */
export function nanosOf(duration: boolean, nanoseconds: bigint): number {
  const nanos = Number(nanoseconds % second);
  return !duration && nanos < 0 ? nanos + 1_000_000_000 : nanos;
}
