import { expect, test } from 'vitest';
import { cellsEqual, defaultCell } from '../../src/schema/cell.ts';
import { testTable } from '../support/schema-tables.ts';
import { columnNamed } from './support/column-contract.ts';

const def = testTable('Shapes');

test.each(def.columns.filter(({ index }) => index !== def.key).map(({ name }) => name))(
  '%s gives back the default that was put in',
  (name) => {
    const { def: column, column: made, set } = columnNamed(name);
    set(7, defaultCell(column));
    expect(cellsEqual(column.kind, made.get(7), defaultCell(column))).toBe(true);
  },
);
