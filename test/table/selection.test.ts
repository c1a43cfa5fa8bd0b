import { expect, test } from 'vitest';
import type { Cell } from '../../src/schema/table-def.ts';
import { forEachBit } from '../../src/table/bitmap.ts';
import { everything, type Filter } from '../../src/table/filter.ts';
import type { RowSource } from '../../src/table/row-source.ts';
import { selectOverlay, selectPinned, selectRows } from '../../src/table/selection.ts';
import { type Person, tableOfPeople, where } from './support/small-table.ts';

const changed: Person = ['p3', 'Cy', 8, 'Rome'];
const added: Person = ['p9', 'Flo', 36, 'Rome'];
const overlay = new Map<string, readonly Cell[] | null>([
  ['p1', null],
  ['p3', changed],
  ['p9', added],
  ['p10', null],
]);

function selected(source: RowSource, filter: Filter): string[] {
  const keys: string[] = [];
  selectRows(source, filter, (chunk, selection) => {
    forEachBit(selection, (row) => {
      keys.push(source.table.keyOf(chunk * source.table.chunkRows + row));
    });
  });
  return keys;
}

test('rows that the overlay hides are not selected, nor are tombstones', () => {
  const table = tableOfPeople();
  table.bury(table.slotOf('p5'));
  expect(selected({ table }, everything)).toEqual(['p1', 'p2', 'p3', 'p4']);
  expect(selected({ table, overlay }, everything)).toEqual(['p2', 'p4']);
});

test('rows that are not shown are not selected, whether they are searched for or named', () => {
  const table = tableOfPeople();
  const source = { table, shows: (slot: number) => table.keyOf(slot) !== 'p2' };
  expect(selected(source, everything)).toEqual(['p1', 'p3', 'p4', 'p5']);
  const named = where('id', 'in', 'p1', 'p2');
  expect(selectPinned(source, named)).toEqual([table.slotOf('p1')]);
});

test('chunks without a match are not visited', () => {
  const table = tableOfPeople(
    Array.from({ length: 200 }, (_, n): Person => [`p${n}`, 'x', n, 'Oslo']),
  );
  const chunks: number[] = [];
  selectRows({ table }, where('age', 'ge', 130), (chunk) => {
    chunks.push(chunk);
  });
  expect(chunks).toEqual([2, 3]);
});

test('rows of the overlay are selected by their own cells', () => {
  const source = { table: tableOfPeople(), overlay };
  const rows = [
    { key: 'p3', cells: changed },
    { key: 'p9', cells: added },
  ];
  expect(selectOverlay(source, everything)).toEqual(rows);
  expect(selectOverlay(source, where('age', 'eq', 36))).toEqual([rows[1]]);
  expect(selectOverlay(source, where('id', 'in', 'p1', 'p2', 'p3', 'p3'))).toEqual([rows[0]]);
  expect(selectOverlay({ table: source.table }, everything)).toEqual([]);
});

test('filters that name keys are looked up', () => {
  const table = tableOfPeople();
  table.bury(table.slotOf('p5'));
  const source = { table, overlay };
  const keys = (filter: Filter) => selectPinned(source, filter)?.map((slot) => table.keyOf(slot));
  expect(keys(where('id', 'eq', 'p2'))).toEqual(['p2']);
  expect(keys(where('id', 'in', 'p4', 'p2', 'p4', 'p5', 'p1', 'p9', 'x'))).toEqual(['p4', 'p2']);
  const also = { all: [where('town', 'eq', 'Rome'), { all: [where('id', 'in', 'p2', 'p4')] }] };
  expect(keys(also)).toEqual(['p4']);
});

test.each<[string, Filter]>([
  ['no key', where('town', 'eq', 'Rome')],
  ['a range of keys', where('id', 'ge', 'p1')],
  ['keys among other things', { any: [where('id', 'eq', 'p1'), where('town', 'eq', 'Rome')] }],
  ['the keys that it does not want', { not: where('id', 'eq', 'p1') }],
])('filters that name %s are not', (_name, filter) => {
  expect(selectPinned({ table: tableOfPeople() }, filter)).toBeUndefined();
});
