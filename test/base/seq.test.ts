import { expect, test } from 'vitest';
import { positionOf } from '../../src/base/seq.ts';

test('a seq tells its position in the log, whatever its epoch', () => {
  expect([0, 1, 2 ** 40 - 1, 2 ** 40 + 7, 3 * 2 ** 40 + 9].map(positionOf)).toEqual([
    0,
    1,
    2 ** 40 - 1,
    7,
    9,
  ]);
});
