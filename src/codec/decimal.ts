/**
 * Numbers that somebody wrote in decimal, as most measured ones are: a whole number divided by a power of ten. That one division
 * is correctly rounded in IEEE 754, so every platform gets the same bits of it.
 */

/** With more digits behind the point few safe integers are left for those before it. */
export const exponentMax = 15;

const powers = Float64Array.from({ length: exponentMax + 1 }, (_, exponent) => 10 ** exponent);

/** 10 to the power of `exponent`, which is from 0 to `exponentMax`: exact. */
export function powerOfTen(exponent: number): number {
  return powers[exponent]!;
}

/** The safe integer that divided by `power` is `value`, to the bit; NaN where there is none, as for -0. */
export function scaled(value: number, power: number): number {
  const whole = Math.round(value * power);
  return whole / power === value && isExact(whole, value) ? whole + 0 : Number.NaN;
}

/** The same, where the quotient is rounded to a single. */
export function scaledSingle(value: number, power: number): number {
  const whole = Math.round(value * power);
  return Math.fround(whole / power) === value && isExact(whole, value) ? whole + 0 : Number.NaN;
}

/** A division of safe integers is the same everywhere; and of both zeros one is an integer. */
function isExact(whole: number, value: number): boolean {
  return Math.abs(whole) <= Number.MAX_SAFE_INTEGER && !(value === 0 && 1 / value < 0);
}
