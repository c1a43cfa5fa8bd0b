import { expect, test } from 'vitest';
import { maskOf } from '../../../src/base/mask.ts';
import { isNamed } from '../../../src/table/batch/row-masks.ts';

test('a patch says something of the columns of its mask, a whole row of all', () => {
  const masks = [maskOf(40, [3, 35]), undefined];
  const named = (row: number) => [0, 3, 35].filter((column) => isNamed(masks, row, column));
  expect([named(0), named(1)]).toEqual([
    [3, 35],
    [0, 3, 35],
  ]);
  expect(isNamed(undefined, 7, 7)).toBe(true);
});
