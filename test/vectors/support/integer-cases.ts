/** A case for each codec of whole numbers, and for each of the forms that it has. */
import {
  type ColumnCase,
  type ColumnChoice,
  chance,
  integers,
  made,
  texts,
} from './column-case.ts';

const max = Number.MAX_SAFE_INTEGER;

function one(name: string, codec: string, values: Iterable<number>): ColumnCase {
  return { name, columns: [{ column: integers(values), codec }] };
}

/** A column that is predicted from others, which are written as `offset`. */
function predicted(
  name: string,
  codec: string,
  earlier: readonly (readonly number[])[],
  parameters: readonly number[],
  values: Iterable<number>,
): ColumnCase {
  const before = earlier.map((each): ColumnChoice => {
    return { column: integers(each), codec: 'offset' };
  });
  return { name, columns: [...before, { column: integers(values), codec, parameters }] };
}

const random = chance(1);
const noise = made(12, () => random() % 1_000);
const states = made(20, (at) => (at * at) % 3);
const loggers = made(16, (at) => (at % 3) * 7);
const celsius = made(12, () => -200 + (random() % 600));
const quantities = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
const prices = [199, 250, 999, 199, 50, 1_250, 999, 50, 199, 250];
const shared = made(140, (at) => Math.floor(at / 90));

export const integerCases: readonly ColumnCase[] = [
  { name: 'no values', columns: [{ column: integers([]) }] },
  one('constant, the lowest there is', 'constant', [-max, -max, -max]),
  one('constant, the highest there is', 'constant', [max]),
  one('offset of the same values: no planes', 'offset', [7, 7, 7, 7]),
  one('offset, a bit each', 'offset', [4, 5, 5, 4, 5, 4, 4, 4, 5, 5]),
  one('offset, two bits each', 'offset', [-1, 2, 0, 1, 2, -1, 0, 1, 1]),
  one('offset, four bits each', 'offset', [0, 15, 8, 3, 11, 7, 2, 9, 14, 1, 6]),
  one('offset, one plane', 'offset', [100, 355, 101, 222, 300]),
  one('offset, two planes and a divisor', 'offset', [-500, 12_500, 300_000, 1_000, 499_500]),
  one('offset, three planes', 'offset', [0, 0xabcdef, 1, 0x10000, 0xff00]),
  one('offset, four planes', 'offset', [0, 0xfedcba98, 1, 0x10000, 3]),
  one('offset, five planes', 'offset', [0, 0xa9_8765_4321, 2 ** 32 + 1]),
  one('offset, seven planes', 'offset', [0, max, 1, 2 ** 48, 2 ** 52 + 1]),
  one('offset of 300 values: two planes, in frames of their own', 'offset', [
    ...made(299, (at) => (at * 7_919) % 60_000),
    60_001,
  ]),
  one(
    'offset of 600 bits, in the head',
    'offset',
    made(600, (at) => Number(at % 7 === 0)),
  ),
  one(
    'offset of 2048 bits, in a frame',
    'offset',
    made(2_048, (at) => Number(at % 5 === 0)),
  ),
  one('step', 'step', [1_000, 1_003, 1_001, 1_004, 1_004, 1_010, 1_002]),
  one('step of ten each', 'step', [-50, -20, -40, 0, 10, 1_010, 1_000]),
  one('step as far as 32 bits', 'step', [0, 2 ** 33, 1, 2 ** 33 + 5, 7]),
  one('climb', 'climb', [5, 1_005, 2_007, 3_006, 4_010, 5_011]),
  one('climb down, in tens', 'climb', [900, 700, 490, 310, 100, -100]),
  one('bend', 'bend', [0, 60, 120, 180, 241, 301, 361, 361]),
  one('bend, with a divisor', 'bend', [10, 1_010, 2_020, 3_020, 4_000, 5_000]),
  one('codes', 'codes', [1_000_000, 5, 1_000_000, -70_000, 5, 5, -70_000]),
  one('halves', 'halves', [-max, max, 0, -1, 2 ** 32, -(2 ** 32) - 1]),
  predicted(
    'difference from the same row, residuals as offset',
    'difference',
    [noise],
    [1, 0],
    noise.map((value, at) => value + [3, 9, 0, 250][at % 4]!),
  ),
  predicted(
    'difference from the row before, two columns back, residuals as constant',
    'difference',
    [noise, made(12, (at) => at)],
    [2, 1],
    noise.map((_, at) => noise[Math.max(0, at - 1)]! + 4),
  ),
  predicted(
    'difference from the row behind, residuals as steps',
    'difference',
    [made(40, (at) => (at * 37) % 101)],
    [1, 2],
    made(40, (at) => ((Math.min(39, at + 1) * 37) % 101) + 100_000 + at * 1_000 + (at % 2)),
  ),
  predicted('the same as an earlier one', 'difference', [noise], [1, 0], noise),
  {
    name: 'difference from the lengths of strings, over a column without values',
    columns: [
      { column: texts(['a', 'bcd', '', 'ef', 'ghijkl']), codec: 'plain' },
      { column: integers([]) },
      { column: integers([11, 13, 10, 12, 16]), codec: 'difference', parameters: [2, 0] },
    ],
  },
  predicted(
    'total: a sum',
    'total',
    [quantities, prices],
    [0, 2, 1],
    quantities.map((value, at) => value + prices[at]!),
  ),
  predicted(
    'total: the first less the second, nearly',
    'total',
    [quantities, prices],
    [1, 1, 2],
    quantities.map((value, at) => prices[at]! - value + Number(at === 3)),
  ),
  predicted(
    'total: a product',
    'total',
    [quantities, prices],
    [2, 2, 1],
    quantities.map((value, at) => value * prices[at]!),
  ),
  predicted(
    'total: a square',
    'total',
    [quantities],
    [2, 1, 1],
    quantities.map((value) => value * value),
  ),
  predicted(
    'rank',
    'rank',
    [states],
    [1],
    states.map((state, at) => 100 * state + (at % (state + 2))),
  ),
  predicted(
    'rank with more values beside one than are remembered',
    'rank',
    [shared],
    [1],
    made(140, (at) => (at < 90 ? (at * 11) % 80 : at % 4)),
  ),
  predicted(
    'turn, by steps',
    'turn',
    [loggers],
    [1, 1],
    loggers.map((logger, at) => 1_000 * logger + 3 * at),
  ),
  predicted(
    'turn, by steps of steps',
    'turn',
    [loggers],
    [1, 2],
    loggers.map((logger, at) => 50 * logger - at * (logger + 2) + Number(at === 11)),
  ),
  predicted(
    'linear, from degrees to degrees',
    'linear',
    [celsius],
    [1, Math.round(1.8 * 4_096), 12],
    celsius.map((value) => Math.round(value * 1.8 + 320)),
  ),
  predicted(
    'linear, downwards',
    'linear',
    [celsius],
    [1, -3, 1],
    celsius.map((value) => 7 - Math.ceil(1.5 * value)),
  ),
  {
    name: 'lag',
    columns: [
      {
        column: integers(made(30, (at) => [5, 900, 77, 31_000][at % 4]! + at + Number(at === 9))),
        codec: 'lag',
        parameters: [4],
      },
    ],
  },
];
