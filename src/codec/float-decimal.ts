import type { Judgement } from './codec.ts';
import { exponentMax, powerOfTen, scaled, scaledSingle } from './decimal.ts';
import { canonical, type FloatCodec, type Floats } from './float-codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { fewOf, oddEach, readOddPlaces, writeOddPlaces } from './odd-places.ts';
import { Scratch } from './scratch.ts';

/** A value that is not decimal: its place, and its bits. */
const oddBits = 80;

/** Values by which the digits are counted. */
const glances = 256;

/** Numbers within these have fewer bits than the mantissa of any float that needs decimal digits. */
const shortMax = 2 ** 31;

/** What one more digit of every value costs, at most. */
const digitBits = Math.log2(10);

type Scale = (value: number, power: number) => number;

/**
 * Decimal fractions: a byte with the number of digits behind the point (0 to 15), the odd values that are none (their places as
 * `odd-places.ts` has them, then eight bytes of each, little endian), then the whole numbers as a column of integers. A value is its
 * whole number divided by ten to the power of the digits. In the place of an odd value stands the whole number before it, or 0.
 */
export const floatDecimal = decimalCodec(0, 'decimal', scaled);

/** The same with quotients that are rounded to singles. */
export const floatDecimalSingle = decimalCodec(1, 'decimal single', scaledSingle);

function decimalCodec(id: number, name: string, scale: Scale): FloatCodec {
  const fits = ({ single }: Floats) => single || scale === scaled;
  return {
    id,
    name,
    judge(column) {
      return fits(column) ? bestExponent(column, scale) : undefined;
    },
    write(out, column, plan) {
      if (!fits(column)) return false;
      const [exponent = 0] = plan.parameters;
      const { values, count } = column;
      const whole = new Float64Array(count);
      const odd = scaleAll(values, whole, exponent, scale, fewOf(count));
      if (odd === undefined) return false;
      out.head.u8(exponent);
      writeOddPlaces(out, odd);
      for (const at of odd) out.head.double(canonical(values[at]!));
      writeIntegers(out, whole, count, plan.part(0));
      return true;
    },
    read(reader, count) {
      const exponent = reader.head.u8();
      if (exponent > exponentMax) throw reader.fail('there are too many digits');
      const places = readOddPlaces(reader, count);
      const odd = places.map(() => canonical(reader.head.double()));
      const whole = readIntegers(reader, count);
      const values = reader.values(count);
      const power = powerOfTen(exponent);
      for (let at = 0; at < count; at++) values[at] = whole[at]! / power;
      if (scale === scaledSingle) {
        for (let at = 0; at < count; at++) values[at] = Math.fround(values[at]!);
      }
      for (let index = 0; index < odd.length; index++) values[places[index]!] = odd[index]!;
      return values;
    },
  };
}

const room = new Scratch();

/** The number of digits with the fewest bits: as many as the values have, or fewer where few values have so many. */
function bestExponent({ sample, count }: Floats, scale: Scale): Judgement | undefined {
  const tally = digitsOf(sample, scale);
  if (tally === undefined) return undefined;
  const most = tally.findLastIndex((times) => times > 0);
  let best: Judgement | undefined;
  const exponents = new Set([most, cheapestOf(tally, count)]);
  for (const exponent of exponents) {
    const whole = room.take(sample.length);
    const odd = scaleAll(sample, whole, exponent, scale, fewOf(sample.length));
    if (odd === undefined) continue;
    if (exponents.size === 1 && odd.length === 0 && isShort(whole)) {
      return { bits: count, parameters: [exponent] };
    }
    const bits = integersBits(whole, count) + (odd.length / sample.length) * count * oddBits;
    if (bits < (best?.bits ?? Number.POSITIVE_INFINITY)) best = { bits, parameters: [exponent] };
  }
  return best;
}

/** True of numbers that are so short that nothing else is better. */
function isShort(whole: Float64Array): boolean {
  for (let at = 0; at < whole.length; at++) if (Math.abs(whole[at]!) > shortMax) return false;
  return true;
}

/** How many values have so many digits behind the point, and no more; undefined where too many are odd. */
function digitsOf(sample: Float64Array, scale: Scale): number[] | undefined {
  const tally: number[] = new Array(exponentMax + 1).fill(0);
  const apart = Math.max(1, Math.floor(sample.length / glances));
  let oddLeft = Math.min(sample.length, glances) / oddEach;
  for (let at = 0; at < sample.length; at += apart) {
    let exponent = 0;
    while (exponent <= exponentMax && Number.isNaN(scale(sample[at]!, powerOfTen(exponent)))) {
      exponent++;
    }
    if (exponent <= exponentMax) tally[exponent]!++;
    else if (--oddLeft < 0) return undefined;
  }
  return tally;
}

/** The digits that would be the cheapest if each cost its all. */
function cheapestOf(tally: readonly number[], count: number): number {
  const total = tally.reduce((sum, times) => sum + times, 0);
  let left = total;
  let best = 0;
  let bestBits = Number.POSITIVE_INFINITY;
  for (const [exponent, times] of tally.entries()) {
    left -= times;
    const bits = exponent * digitBits * count + (left / Math.max(1, total)) * count * oddBits;
    if (bits < bestBits) {
      bestBits = bits;
      best = exponent;
    }
  }
  return best;
}

/** Puts into `whole` what `floats` are with so many digits; the places of the odd ones, undefined where they are more than `oddMax`. */
function scaleAll(
  floats: Float64Array,
  whole: Float64Array,
  exponent: number,
  scale: Scale,
  oddMax: number,
): number[] | undefined {
  const power = powerOfTen(exponent);
  const odd: number[] = [];
  let last = 0;
  for (let at = 0; at < whole.length; at++) {
    const number = scale(floats[at]!, power);
    if (!Number.isNaN(number)) last = number;
    else if (odd.push(at) > oddMax) return undefined;
    whole[at] = last;
  }
  return odd;
}
