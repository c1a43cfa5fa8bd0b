import { expect, test } from 'vitest';
import { TextTable } from '../../../src/cli/rows/text-table.ts';

test('has columns as wide as the first rows need, with numbers to the right', () => {
  const table = new TextTable(['name', 'n'], [false, true]);
  expect(
    table.lines([
      ['Elmira', '5'],
      ['x', '1234'],
    ]),
  ).toEqual(['name       n', '──────  ────', 'Elmira     5', 'x       1234']);
});

test('goes on in the same columns, without another head', () => {
  const table = new TextTable(['name']);
  table.lines([['ab']]);
  expect(table.lines([['longer than the first']])).toEqual(['longer than the first']);
});

test('cuts what is long, and shows nothing that would move a cursor', () => {
  const [, , cut, odd] = new TextTable(['name']).lines([['x'.repeat(41)], ['a\n\x1b[2Jb']]);
  expect(cut).toBe(`${'x'.repeat(39)}…`);
  expect(odd).toBe('a··[2Jb');
});

test('has a head also without rows', () => {
  expect(new TextTable(['name']).lines([])).toEqual(['name', '────']);
});
