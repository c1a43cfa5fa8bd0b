/** A point in time of SyncDB's own, to the millisecond; undefined where it is not told. */
export function timeText(
  time: { readonly seconds: bigint; readonly nanos: number } | undefined,
): string | undefined {
  if (time === undefined) return undefined;
  return new Date(Number(time.seconds) * 1_000 + Math.floor(time.nanos / 1_000_000)).toISOString();
}
