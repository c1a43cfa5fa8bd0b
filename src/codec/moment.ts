import { dateOf, dayOf } from './civil.ts';
import { digitsOf, type Part } from './template.ts';

/**
 * Numbers of a template that together are a date, with or without a time: `2024-05-01` or `2024/05/01 08:30:00.250`. They are one
 * number then, which counts days, minutes, seconds or milliseconds from 1970-01-01.
 */

/** Widths of the numbers: year, month, date, hour, minute, second, millisecond. */
const widths = [4, 2, 2, 2, 2, 2, 3] as const;

/** What a number behind the date counts up to. */
const radixes = [24, 60, 60, 1000] as const;

/** How many numbers a moment may have: a date, and with it minutes, seconds or milliseconds. */
export const momentSizes = [3, 5, 6, 7] as const;

/** Where a moment begins among the numbers of a template, and how many of them it has. */
export interface MomentPlace {
  /** The index of its year among the parts that are no literals. */
  readonly first: number;
  readonly size: number;
}

/** The moment in a template. Between its numbers stands literal text alone. */
export function momentIn(parts: readonly Part[]): MomentPlace | undefined {
  let first = 0;
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'literal') continue;
    const size = momentSizes.findLast((count) => hasMoment(parts, index, count));
    if (size !== undefined) return { first, size };
    first++;
  }
  return undefined;
}

function hasMoment(parts: readonly Part[], start: number, size: number): boolean {
  for (let number = 0; number < size; number++) {
    const part = parts[start + 2 * number];
    if (part?.kind !== 'digits' || part.width !== widths[number]) return false;
    if (number > 0 && parts[start + 2 * number - 1]!.kind !== 'literal') return false;
  }
  return true;
}

/** The moments of these columns; undefined where one is none, as the 31st of February. */
export function joinMoment(columns: readonly Float64Array[]): Float64Array | undefined {
  const [years, months, dates] = columns as [Float64Array, Float64Array, Float64Array];
  const times = columns.slice(3);
  const moments = new Float64Array(years.length);
  let day: number | undefined;
  for (let at = 0; at < moments.length; at++) {
    const isSame =
      at > 0 &&
      dates[at] === dates[at - 1] &&
      months[at] === months[at - 1] &&
      years[at] === years[at - 1];
    if (!isSame) day = dayOf(years[at]!, months[at]!, dates[at]!);
    if (day === undefined) return undefined;
    let moment = day;
    for (let index = 0; index < times.length; index++) {
      const value = times[index]![at]!;
      if (value >= radixes[index]!) return undefined;
      moment = moment * radixes[index]! + value;
    }
    moments[at] = moment;
  }
  return moments;
}

/** Undoes `joinMoment`: the digits of each number of a moment; undefined where its year does not have four. */
export function splitMoment(moment: number, size: number): string[] | undefined {
  const texts: string[] = [];
  let rest = moment;
  for (let index = size - 4; index >= 0; index--) {
    const radix = radixes[index]!;
    const next = Math.floor(rest / radix);
    texts.unshift(digitsOf(rest - next * radix, widths[index + 3]!));
    rest = next;
  }
  const { year, month, date } = dateOf(rest);
  if (!(year >= 1 && year <= 9999)) return undefined;
  return [digitsOf(year, 4), digitsOf(month, 2), digitsOf(date, 2), ...texts];
}
