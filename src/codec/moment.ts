import type { BlockReader } from './block-reader.ts';
import { dateOf, dayOf } from './civil.ts';
import type { Part } from './template.ts';

/**
 * Numbers of a template that together are a date, with or without a time: `2024-05-01`, `5/1/24 8:30` or `2024/05/01 08:30:00.250`.
 * They are one number then, which counts from 1970-01-01: days, or minutes, seconds, or fractions of a second.
 */

/** In which order the year, the month and the day of the month stand, by the number that is in a block. */
const orders = [
  { year: 0, month: 1, date: 2 },
  { year: 2, month: 1, date: 0 },
  { year: 2, month: 0, date: 1 },
] as const;

/** What a number behind the date counts up to; a fraction of a second behind these does by its digits. */
const radixes = [24, 60, 60] as const;

/** Digits of a fraction of a second. */
const fractionMax = 6;

/** How many numbers a moment may have: a date, and with it the minute, the second, a fraction. */
const sizes = [3, 5, 6, 7] as const;

/** Where a moment is among the numbers of a template. */
export interface MomentPlace {
  /** The index of its first number among the parts that are no literals. */
  readonly first: number;
  /** How many numbers it has. */
  readonly size: number;
  /** The order of its date. */
  readonly order: number;
}

/** The places where moments may be: those of the first numbers that look like a date, as far as they do, in each order that there is. */
export function momentsIn(parts: readonly Part[]): MomentPlace[] {
  let first = 0;
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'literal') continue;
    const widths = widthsFrom(parts, index);
    const size = sizes.findLast((each) => each <= widths.length);
    const fitting = size === undefined ? [] : orders.filter(({ year }) => isDate(widths, year));
    if (size !== undefined && fitting.length > 0) {
      return fitting.map((each) => ({ first, size, order: orders.indexOf(each) }));
    }
    first++;
  }
  return [];
}

/** The widths of the numbers from a part on, as far as only literals stand between them and they may be those of a moment. */
function widthsFrom(parts: readonly Part[], start: number): number[] {
  const widths: number[] = [];
  for (let at = start; widths.length < sizes.at(-1)!; at += 2) {
    const part = parts[at];
    if (part?.kind !== 'digits' || part.width > widthMax(widths.length)) break;
    if (at > start && parts[at - 1]!.kind !== 'literal') break;
    widths.push(part.width);
  }
  return widths;
}

function widthMax(index: number): number {
  if (index < 3) return 4;
  return index < 6 ? 2 : fractionMax;
}

function isDate(widths: readonly number[], year: number): boolean {
  return [0, 1, 2].every((index) => {
    const width = widths[index]!;
    if (index !== year) return width <= 2;
    // Two digits of a year stand at the end.
    return width === 4 || (width === 2 && year === 2);
  });
}

/** What the numbers of a moment behind its date count up to, the one of `fractionWidth` digits last. */
function radixesOf({ size }: MomentPlace, fractionWidth: number): number[] {
  return [...radixes, 10 ** fractionWidth].slice(0, size - 3);
}

/** Whether the day of the month is the same in all, but the month is not: then it says more by itself. */
export function isMonthly(columns: readonly Float64Array[], { order }: MomentPlace): boolean {
  const { year, month, date } = orders[order]!;
  const isSame = (index: number) => columns[index]!.every((value) => value === columns[index]![0]);
  return isSame(date) && !(isSame(month) && isSame(year));
}

/** Moments, and which values are none: in their place stands the one before, or the first there is. */
export interface Moments {
  readonly values: Float64Array;
  readonly odd: readonly number[];
}

/**
 * The moments whose numbers are these columns, but for the rows that are `odd` already (ascending), which stay odd. The
 * fraction, if there is one, has so many digits.
 */
export function joinMoments(
  columns: readonly Float64Array[],
  place: MomentPlace,
  fractionWidth: number,
  odd: readonly number[],
): Moments {
  const count = columns[0]!.length;
  const dates = dateColumns(columns, place);
  const times = columns.slice(3);
  const limits = radixesOf(place, fractionWidth);
  const values = new Float64Array(count);
  const all: number[] = [];
  let day = Number.NaN;
  let last = Number.NaN;
  let nextOdd = 0;
  for (let at = 0; at < count; at++) {
    if (!dates.isAsBefore(at)) day = dates.dayAt(at);
    let moment = day;
    for (let index = 0; index < times.length; index++) {
      const value = times[index]![at]!;
      moment = value < limits[index]! ? moment * limits[index]! + value : Number.NaN;
    }
    const wasOdd = odd[nextOdd] === at;
    if (wasOdd) nextOdd++;
    if (wasOdd || !Number.isSafeInteger(moment)) all.push(at);
    else last = moment;
    values[at] = last;
  }
  fillBefore(values, all);
  return { values, odd: all };
}

function dateColumns(columns: readonly Float64Array[], { order }: MomentPlace) {
  const { year, month, date } = orders[order]!;
  const [years, months, dates] = [columns[year]!, columns[month]!, columns[date]!];
  return {
    isAsBefore: (at: number) =>
      at > 0 &&
      dates[at] === dates[at - 1] &&
      months[at] === months[at - 1] &&
      years[at] === years[at - 1],
    dayAt: (at: number) => dayOf(years[at]!, months[at]!, dates[at]!) ?? Number.NaN,
  };
}

function fillBefore(values: Float64Array, odd: readonly number[]): void {
  let first = 0;
  while (odd[first] === first) first++;
  values.fill(values[first] ?? 0, 0, first);
}

/** Undoes `joinMoments`: a column for each number. DATA_LOSS for what is no moment of four digits of a year. */
export function splitMoments(
  reader: BlockReader,
  moments: Float64Array,
  place: MomentPlace,
  fractionWidth: number,
): Float64Array[] {
  const count = moments.length;
  reader.allow(place.size * count);
  const columns = Array.from({ length: place.size }, () => new Float64Array(count));
  const { year, month, date } = orders[place.order]!;
  const limits = radixesOf(place, fractionWidth);
  let day = Number.NaN;
  let civil = { year: 0, month: 0, date: 0 };
  for (let at = 0; at < count; at++) {
    let rest = moments[at]!;
    for (let index = limits.length - 1; index >= 0; index--) {
      const next = Math.floor(rest / limits[index]!);
      columns[index + 3]![at] = rest - next * limits[index]!;
      rest = next;
    }
    if (rest !== day) {
      day = rest;
      civil = dateOf(day);
      if (!(civil.year >= 0 && civil.year <= 9999)) throw reader.fail('a moment has no such year');
    }
    columns[year]![at] = civil.year;
    columns[month]![at] = civil.month;
    columns[date]![at] = civil.date;
  }
  return columns;
}

/** The place that a block names, in a template with these open parts. DATA_LOSS where there can be none. */
export function checkMoment(
  reader: BlockReader,
  place: MomentPlace,
  open: readonly Part[],
): MomentPlace {
  const numbers = open.slice(place.first, place.first + place.size);
  const isSound =
    sizes.some((size) => size === place.size) &&
    numbers.length === place.size &&
    numbers.every(({ kind }) => kind === 'digits') &&
    place.order < orders.length &&
    fractionWidthOf(place, open) <= fractionMax;
  if (!isSound) throw reader.fail('a template has no such moment');
  return place;
}

/** The digits of the fraction of a second, or 0 where the moment has none. */
export function fractionWidthOf({ first, size }: MomentPlace, open: readonly Part[]): number {
  const part = size === sizes.at(-1) ? open[first + size - 1] : undefined;
  return part?.kind === 'digits' ? part.width : 0;
}
