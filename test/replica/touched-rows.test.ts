import { expect, test } from 'vitest';
import { touchedRows } from '../../src/replica/touched-rows.ts';
import { itemTable, noteTable } from '../support/model-schema.ts';

test('each row comes once, however often it is changed', () => {
  const changes = [
    { table: itemTable, key: 'a' },
    { table: noteTable, key: 'a' },
    { table: itemTable, key: 'b' },
    { table: itemTable, key: 'a' },
  ];
  expect(touchedRows(changes).map(({ table, key }) => `${table.name}/${key}`)).toEqual([
    `${itemTable.name}/a`,
    `${itemTable.name}/b`,
    `${noteTable.name}/a`,
  ]);
  expect(touchedRows([])).toEqual([]);
});
