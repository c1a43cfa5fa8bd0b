import { describe, expect, test } from 'vitest';
import { maskIndexes } from '../../src/base/mask.ts';
import { changedColumns, type RowState, rowAfter } from '../../src/change/row-state.ts';
import { cellsOf, itemTable, meterTable } from '../support/model-schema.ts';

const [all, none] = [[...itemTable.columns.keys()], [] as number[]];
const column = (name: string) => itemTable.columnByName.get(name)!.index;

function write(seq: number, values: Parameters<typeof cellsOf>[1] | undefined, scopes = ['s']) {
  const cells = values && cellsOf(itemTable, { id: 'i', ...values });
  return { seq, stamp: seq * 10, writer: seq, cells, scopes };
}

function entriesOf(row: RowState | undefined) {
  return row?.entries.map(({ seq, mask }) => [seq, maskIndexes(mask)]);
}

const inserted = rowAfter(itemTable, undefined, write(1, { notes: 'a' }))!;
const numbered = { ...inserted, number: 7 };
const deleted = rowAfter(itemTable, numbered, write(4, undefined))!;

describe('what a commit makes of a row', () => {
  test('that never was: all columns are of that commit, and it has no number yet', () => {
    expect(inserted).toMatchObject({ version: 1, number: -1, scopes: ['s'] });
    expect(entriesOf(inserted)).toEqual([[1, all]]);
    expect(inserted.entries[0]).toMatchObject({ stamp: 10, writer: 1 });
  });

  test('that never was, and is not to be: nothing', () => {
    expect(rowAfter(itemTable, undefined, write(1, undefined))).toBeUndefined();
  });

  test('that is there: the columns that differ are of that commit', () => {
    const after = rowAfter(itemTable, numbered, write(3, { notes: 'b', count: 2 }, ['t']));
    expect(after).toMatchObject({ version: 3, number: 7, scopes: ['t'] });
    const changed = [column('notes'), column('count')];
    expect(entriesOf(after)).toEqual([
      [3, changed],
      [1, all.filter((index) => !changed.includes(index))],
    ]);
  });

  test('that is there already as it is to be: the same, version and all', () => {
    expect(rowAfter(itemTable, numbered, write(3, { notes: 'a' }))).toBe(numbered);
  });

  test('that is deleted: it keeps number, scopes and insertion', () => {
    expect(deleted).toMatchObject({ cells: undefined, version: 4, number: 7, scopes: ['s'] });
    expect(entriesOf(deleted)).toEqual([
      [4, all],
      [1, none],
    ]);
    expect(rowAfter(itemTable, deleted, write(5, undefined))).toBe(deleted);
  });

  test('that comes back: it keeps number and insertion, and is in its new scopes', () => {
    const back = rowAfter(itemTable, deleted, write(6, {}, ['t']));
    expect(back).toMatchObject({ version: 6, number: 7, scopes: ['t'] });
    expect(entriesOf(back)).toEqual([
      [6, all],
      [1, none],
    ]);
  });
});

test('columns differ by what is stored: NaN is NaN, and 0 is not -0', () => {
  const cells = (value: number) => cellsOf(meterTable, { number: 1n, value });
  expect(maskIndexes(changedColumns(meterTable, cells(Number.NaN), cells(Number.NaN)))).toEqual([]);
  expect(maskIndexes(changedColumns(meterTable, cells(0), cells(-0)))).toEqual([2]);
});
