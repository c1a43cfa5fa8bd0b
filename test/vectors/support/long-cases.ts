/** A case for each codec of 64-bit integers. */
import { type ColumnCase, longs, made } from './column-case.ts';

function one(
  name: string,
  codec: string,
  values: readonly bigint[],
  exponent?: number,
): ColumnCase {
  const parameters = exponent === undefined ? {} : { parameters: [exponent] };
  return { name, columns: [{ column: longs(values), codec, ...parameters }] };
}

const noon = 1_777_000_000_000_000_000n;

export const longCases: readonly ColumnCase[] = [
  { name: 'no values', columns: [{ column: longs([]) }] },
  one('scaled: seconds in nanoseconds', 'scaled', [noon, noon + 60n * 10n ** 9n, noon], 9),
  one('scaled: milliseconds, before 1970 too', 'scaled', [-1_500_000_000n, 0n, 250_000_000n], 6),
  one('scaled: microseconds', 'scaled', [noon + 1_000n, noon + 7_000n, -3_000n], 3),
  one('scaled: safe integers as they are', 'scaled', [2n ** 53n - 1n, 1n - 2n ** 53n, 0n, -1n], 0),
  one('scaled to the ends of 64 bits', 'scaled', [9_223_372_036n, -9_223_372_036n].map(seconds), 9),
  one('offset: nanoseconds of a while', 'offset', [noon + 1n, noon + 999_999_999_999n, noon]),
  one('offset from a negative one', 'offset', [
    -(2n ** 62n),
    3n - 2n ** 62n,
    2n ** 52n - 2n ** 62n,
  ]),
  one('offset: carried into the upper half', 'offset', [2n ** 60n - 1n, 2n ** 60n + 4n]),
  one('halves: all that 64 bits hold', 'halves', [
    ...[2n ** 63n - 1n, -(2n ** 63n), 0n, -1n, 1n, 0x1234_5678_9abc_def0n, -(2n ** 32n), 2n ** 31n],
  ]),
  one(
    'halves of 256 values, in frames',
    'halves',
    made(256, (at) => BigInt.asIntN(64, BigInt(at) * 0x9e37_79b9_7f4a_7c15n)),
  ),
];

function seconds(value: bigint): bigint {
  return value * 10n ** 9n;
}
