import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { type Judgement, judged } from './codec.ts';
import { exponentMax, powerOfTen, scaled, scaledSingle } from './decimal.ts';
import type { FloatCodec, Floats } from './float-codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';

/** A value that is not decimal: its place, and its bits. */
const oddBits = 80;

/** Of as many values one may be odd. */
const oddEach = 8;

type Scale = (value: number, power: number) => number;

/**
 * Decimal fractions: a byte with the number of digits behind the point, the odd values that are none (their number, then for each
 * how many places it is behind the one before, as varints, and its eight bytes), then the whole numbers as a column of
 * integers. In the place of an odd value stands the one before it.
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
      const [exponent = 0] = plan.parameters;
      const whole = wholeOf(column.values, column.count, exponent, scale);
      if (!fits(column) || whole.odd.length * oddEach > column.count) return false;
      out.head.u8(exponent);
      writeOdd(out, whole.odd, column.values);
      writeIntegers(out, whole.values, column.count, plan.part(0));
      return true;
    },
    read(reader, count) {
      const exponent = reader.head.u8();
      if (exponent > exponentMax) throw reader.fail('there are too many digits');
      const odd = readOdd(reader, count);
      const whole = readIntegers(reader, count);
      const values = reader.values(count);
      const power = powerOfTen(exponent);
      for (let at = 0; at < count; at++) values[at] = whole[at]! / power;
      if (scale === scaledSingle) {
        for (let at = 0; at < count; at++) values[at] = Math.fround(values[at]!);
      }
      for (const [at, value] of odd) values[at] = value;
      return values;
    },
  };
}

/** The number of digits with the fewest bits. */
function bestExponent({ sample, count }: Floats, scale: Scale): Judgement | undefined {
  let best: Judgement | undefined;
  const tally = new Uint32Array(exponentMax + 2);
  for (let at = 0; at < sample.length; at++) tally[digitsOf(sample[at]!, scale)]!++;
  let odd = sample.length;
  for (let exponent = 0; exponent <= exponentMax; exponent++) {
    odd -= tally[exponent]!;
    if (tally[exponent] === 0 || odd * oddEach > sample.length) continue;
    const { values } = wholeOf(sample, sample.length, exponent, scale);
    const bits = judged(integersBits(values, count) + (odd / sample.length) * count * oddBits).bits;
    if (bits < (best?.bits ?? Number.POSITIVE_INFINITY)) best = { bits, parameters: [exponent] };
  }
  return best;
}

/** Digits behind the point, or more than there may be. */
function digitsOf(value: number, scale: Scale): number {
  let exponent = 0;
  while (exponent <= exponentMax && Number.isNaN(scale(value, powerOfTen(exponent)))) exponent++;
  return exponent;
}

function wholeOf(floats: Float64Array, count: number, exponent: number, scale: Scale) {
  const power = powerOfTen(exponent);
  const values = new Float64Array(count);
  const odd: number[] = [];
  let last = 0;
  for (let at = 0; at < count; at++) {
    const whole = scale(floats[at]!, power);
    if (Number.isNaN(whole)) odd.push(at);
    // Both zeros come to the one that is an integer.
    else last = whole + 0;
    values[at] = last;
  }
  return { values, odd };
}

function writeOdd(out: BlockWriter, odd: readonly number[], values: Float64Array): void {
  out.head.varint(odd.length);
  let last = 0;
  for (const at of odd) {
    out.head.varint(at - last);
    out.head.double(values[at]!);
    last = at;
  }
}

function readOdd(reader: BlockReader, count: number): [number, number][] {
  const odd: [number, number][] = [];
  let at = 0;
  for (let left = reader.head.count(); left > 0; left--) {
    at += reader.head.varint();
    if (at >= count) throw reader.fail('an odd value has no place');
    odd.push([at, reader.head.double()]);
  }
  return odd;
}
