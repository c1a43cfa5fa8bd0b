/** A case for each codec of floats. */
import { type ColumnCase, floats, made } from './column-case.ts';

function one(
  name: string,
  codec: string,
  values: readonly number[],
  parameters?: readonly number[],
): ColumnCase {
  return { name, columns: [{ column: floats(values), codec, ...(parameters && { parameters }) }] };
}

const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
const singles = [1.5, -2.25, 3.4028234663852886e38, 1.401298464324817e-45, -0, 0, infinity];

export const floatCases: readonly ColumnCase[] = [
  { name: 'no values', columns: [{ column: floats([]) }] },
  one('decimal, two digits', 'decimal', [19.99, -0.5, 0, 100, 2.5, 1e6, 3.14], [2]),
  one('decimal, no digits', 'decimal', [3, -7, 0, 2 ** 53 - 1], [0]),
  one('decimal, fifteen digits', 'decimal', [0.1, 0.123456789012345, -0.3], [15]),
  one(
    'decimal with odd values: the first, the last, NaN, -0, the infinite',
    'decimal',
    [none, -0, ...made(36, (at) => at / 10), Math.PI, -infinity],
    [1],
  ),
  one('decimal single', 'decimal single', [0.1, -2.7, 36.6, 100, 0, 98.6].map(Math.fround), [1]),
  one(
    'decimal single with an odd value',
    'decimal single',
    [...made(15, (at) => Math.fround(at / 100)), Math.fround(Math.PI)],
    [2],
  ),
  one('single', 'single', [...singles, -infinity, none, -1.401298464324817e-45]),
  one('double', 'double', [
    ...[Math.PI, -Math.E, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE],
    ...[-Number.MAX_VALUE, 0, -0, infinity, -infinity, none, 1 / 3],
  ]),
  one('codes', 'codes', [Math.PI, none, -0, 0, Math.PI, -infinity, none, -0, 0, Math.E, Math.PI]),
];
