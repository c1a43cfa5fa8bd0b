import type { Cell, TableDef } from '../../../src/schema/table-def.ts';
import { forEachBit } from '../../../src/table/bitmap.ts';
import type { ChunkTest } from '../../../src/table/column.ts';
import type { Filter, Operator } from '../../../src/table/filter.ts';
import type { OrderBy } from '../../../src/table/row-order.ts';
import { createTable, type Table } from '../../../src/table/table.ts';
import { tableOf } from '../../support/schema-tables.ts';
import { smallSettings } from './table-values.ts';

/** A table of people with a name, an age that may be absent, and a town. */
export const people: TableDef = tableOf({
  1: 'id: string',
  2: 'name: string',
  3: { name: 'age', type: 'int32', optional: true },
  4: 'town: string',
});

export type Person = readonly [id: string, name: string, age: number | null, town: string];

export const someone: readonly Person[] = [
  ['p1', 'Ada', 36, 'London'],
  ['p2', 'Bo', null, 'Oslo'],
  ['p3', 'Cy', 7, 'Oslo'],
  ['p4', 'Di', 36, 'Rome'],
  ['p5', 'Ed', 0, 'London'],
];

export function tableOfPeople(rows: readonly Person[] = someone): Table {
  const table = createTable(people, smallSettings);
  for (const row of rows) table.add(row[0], row);
  return table;
}

export function where(name: string, op: Operator, ...cells: Cell[]): Filter {
  return { column: people.columnByName.get(name)!.index, op, cells };
}

export function by(name: string, descending = false): OrderBy {
  return { column: people.columnByName.get(name)!.index, descending };
}

/** Keys of the rows of the first chunk that pass a test. */
export function rowsPassing(table: Table, test: ChunkTest): string[] {
  const selection = table.liveRows(0);
  test.keep(0, selection);
  const keys: string[] = [];
  forEachBit(selection, (slot) => {
    keys.push(table.keyOf(slot));
  });
  return keys;
}
