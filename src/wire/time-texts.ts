const timestampForm =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const durationForm = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

const second = 1_000_000_000n;

/**
 * Nanoseconds since 1970 of a time such as `2024-02-29T12:30:00.5+02:00` (RFC 3339, without leap seconds), or
 * undefined where the text is none.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const match = timestampForm.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, seconds] = match.slice(1, 7).map(Number) as [
    ...[number, number, number],
    ...[number, number, number],
  ];
  const offset = offsetMinutes(match[8], match[9], match[10]);
  if (hour > 23 || minute > 59 || seconds > 59 || offset === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The 30th of February would have become another day.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute - offset, seconds);
  return BigInt(date.getTime() / 1000) * second + nanosOf(match[7]);
}

/** Nanoseconds of a length such as `-1.5s`, or undefined where the text is none. */
export function parseDuration(text: string): bigint | undefined {
  const match = durationForm.exec(text);
  if (match === null) return undefined;
  const length = BigInt(match[2]!) * second + nanosOf(match[3]);
  return match[1] === '-' ? -length : length;
}

function offsetMinutes(
  sign: string | undefined,
  hours: string | undefined,
  minutes: string | undefined,
): number | undefined {
  if (sign === undefined) return 0;
  const [h, m] = [Number(hours), Number(minutes)];
  if (h > 23 || m > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (h * 60 + m);
}

function nanosOf(fraction: string | undefined): bigint {
  return fraction === undefined ? 0n : BigInt(fraction.padEnd(9, '0'));
}
