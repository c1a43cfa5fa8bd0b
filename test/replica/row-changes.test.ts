import { expect, test } from 'vitest';
import { type LiveRow, RowChanges } from '../../src/replica/row-changes.ts';

const [one, two, three] = ['1', '2', '3'].map(
  (cell): LiveRow => ({ key: 'k', cells: [cell], pending: false }),
) as [LiveRow, LiveRow, LiveRow];

test.each<
  [
    string,
    [LiveRow | undefined, LiveRow | undefined][],
    [LiveRow | undefined, LiveRow | undefined] | undefined,
  ]
>([
  ['came', [[undefined, one]], [undefined, one]],
  [
    'changed twice',
    [
      [one, two],
      [two, three],
    ],
    [one, three],
  ],
  [
    'came and changed',
    [
      [undefined, one],
      [one, two],
    ],
    [undefined, two],
  ],
  [
    'changed and went',
    [
      [one, two],
      [two, undefined],
    ],
    [one, undefined],
  ],
  [
    'went and came otherwise',
    [
      [one, undefined],
      [undefined, two],
    ],
    [one, two],
  ],
  [
    'came and went',
    [
      [undefined, one],
      [one, undefined],
    ],
    undefined,
  ],
  [
    'went and came as it was',
    [
      [one, undefined],
      [undefined, one],
    ],
    undefined,
  ],
])('a row that %s is told of once, or not at all', (_, steps, told) => {
  const changes = new RowChanges();
  for (const [before, after] of steps) changes.note('k', before, after);
  const expected = told === undefined ? [] : [{ before: told[0], after: told[1] }];
  expect([...changes.all()]).toEqual(expected);
  expect(changes.size).toBe(expected.length);
  const behind = new RowChanges();
  behind.noteAll(changes);
  expect([...behind.all()]).toEqual(expected);
  changes.clear();
  expect(changes.size).toBe(0);
});
