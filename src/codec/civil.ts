/**
 * Days of the proleptic Gregorian calendar, counted from 1970-01-01, as whole numbers.
 * The formulas are Howard Hinnant's (chrono-Compatible Low-Level Date Algorithms).
 */

const daysOfEra = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const daysBefore1970 = 719_468;

/** The day of a date; the year is from 0 to 9999. Undefined where there is no such date. */
export function dayOf(year: number, month: number, date: number): number | undefined {
  if (!(year >= 0 && year <= 9999 && month >= 1 && month <= 12)) return undefined;
  if (!(date >= 1 && date <= lengthOf(year, month))) return undefined;
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const monthFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + date - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * daysOfEra + dayOfEra - daysBefore1970;
}

export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

/** The date of a day; its year is whatever it is. */
export function dateOf(day: number): CivilDate {
  const shifted = day + daysBefore1970;
  const era = Math.floor(shifted / daysOfEra);
  const dayOfEra = shifted - era * daysOfEra;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date };
}

function lengthOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
