import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { maskOf } from '../../../src/base/mask.ts';
import { compileRowCodec } from '../../../src/schema/row-codec.ts';
import type { Cell } from '../../../src/schema/table-def.ts';
import { batchOfRows } from '../../../src/table/batch/batch-of-rows.ts';
import { batchOfSlots } from '../../../src/table/batch/batch-of-slots.ts';
import { createTable, type Table } from '../../../src/table/table.ts';
import { keyedBy, testTable } from '../../support/schema-tables.ts';
import { rows as rowsOf } from '../../support/schema-values.ts';

const shapes = testTable('Shapes');

/** A table of the rows, with keys of their own, and their slots in another order. */
function tableWith(rows: readonly Cell[][]): { table: Table; slots: number[] } {
  const table = createTable(shapes, { chunkBits: 6, firstRows: 32 });
  const slots = rows.map((cells, row) => {
    cells[shapes.key] = `key ${row}`;
    return table.add(`key ${row}`, cells);
  });
  return { table, slots: slots.reverse() };
}

test('[P16] what is gathered from a table is what its cells would give', () => {
  const lists = fc.array(rowsOf(shapes, ShapesSchema), { maxLength: 80, size: 'max' });
  fc.assert(
    fc.property(lists, (rows) => {
      const { table, slots } = tableWith(rows);
      const cells = slots.map((slot) => table.row(slot));
      expect(batchOfSlots(table, slots)).toEqual(batchOfRows(shapes, cells));
    }),
    { numRuns: 20 },
  );
});

test('[P16] so is what is gathered for patches', () => {
  const masks = fc.uniqueArray(fc.nat({ max: shapes.columns.length - 1 }));
  const lists = fc.array(fc.tuple(rowsOf(shapes, ShapesSchema), masks), { maxLength: 20 });
  fc.assert(
    fc.property(lists, (list) => {
      const { table, slots } = tableWith(list.map(([cells]) => cells));
      const named = list.map(([, indexes]) => maskOf(shapes.columns.length, indexes));
      const cells = slots.map((slot) => table.row(slot));
      expect(batchOfSlots(table, slots, named)).toEqual(batchOfRows(shapes, cells, named));
    }),
    { numRuns: 60 },
  );
});

test('numeric keys are gathered too', () => {
  const def = keyedBy('int64');
  const table = createTable(def);
  const slots = [5n, 0n].map((key) => table.add(`${key}`, [key]));
  expect(batchOfSlots(table, slots)).toEqual(batchOfRows(def, [[5n], [0n]]));
});

test('later changes of the table leave a batch as it is', () => {
  const { table, slots } = tableWith([compileRowCodec(shapes).defaultCells()]);
  const bytes = shapes.columnByName.get('bytes_value')!.index;
  table.setCell(slots[0]!, bytes, Uint8Array.of(1, 2, 3));
  const batch = batchOfSlots(table, slots);
  const before = structuredClone(batch);
  table.setCell(slots[0]!, bytes, Uint8Array.of(4, 5, 6));
  expect(batch).toEqual(before);
});
