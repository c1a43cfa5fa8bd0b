import type { Batch, BatchColumn, ColumnValues } from '../../codec/batch.ts';
import type { ColumnDef } from '../../schema/table-def.ts';
import type { Table } from '../table.ts';
import { columnsOfCells } from './batch-of-rows.ts';
import { FieldItems } from './field-items.ts';
import { GatheredRows } from './gathered-rows.ts';
import { sorted } from './message-items.ts';
import { createNestedItems } from './nested-items.ts';
import { isNamed, type RowMasks } from './row-masks.ts';

/** `batchOfRows` of live rows of a table, by their slots, without making the cells. Nothing of it lies in the table. */
export function batchOfSlots(table: Table, slots: readonly number[], masks?: RowMasks): Batch {
  const columns = table.def.columns.flatMap((column) => columnsOf(table, column, slots, masks));
  return { rowCount: slots.length, columns: sorted(columns) };
}

function columnsOf(
  table: Table,
  column: ColumnDef,
  slots: readonly number[],
  masks: RowMasks | undefined,
): BatchColumn[] {
  const { index } = column;
  const rows = namedRows(slots.length, index, masks);
  if (rows.length === 0) return [];
  const gathered = table
    .column(index)
    .gather(rows.length === slots.length ? slots : rows.map((row) => slots[row]!));
  if (gathered === undefined) {
    return columnsOfCells(column, slots.length, (row) => table.cell(slots[row]!, index), masks);
  }
  const { present, values } = gathered;
  if (!column.presence && areDefaults(values)) return [];
  const set = new GatheredRows();
  for (let at = 0; at < rows.length; at++) {
    if (present === undefined || present[at] === 1) set.push(rows[at]!);
  }
  return column.kind === 'wire'
    ? wireColumns(column, set, values, slots.length)
    : set.column(column.number, slots.length, () => values);
}

/** The rows whose mask has a column. */
function namedRows(rowCount: number, index: number, masks: RowMasks | undefined): number[] {
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    if (isNamed(masks, row, index)) rows.push(row);
  }
  return rows;
}

/** True for what a column without presence has in a row that says nothing of it. */
function areDefaults(column: ColumnValues): boolean {
  switch (column.kind) {
    case 'integers':
    case 'floats':
      return column.values.every((value) => Object.is(value, 0));
    case 'longs':
      return column.values.every((value) => value === 0n);
    case 'texts':
    case 'bytes':
      return column.values.every(({ length }) => length === 0);
    default:
      return false;
  }
}

function wireColumns(
  { number, nested }: ColumnDef,
  rows: GatheredRows,
  values: ColumnValues,
  rowCount: number,
): BatchColumn[] {
  if (values.kind !== 'bytes') return [];
  const items = new FieldItems(number, nested, 0, createNestedItems);
  for (const [at, records] of values.values.entries()) {
    items.add(rows.at(at), records, 0, records.length);
  }
  return items.columns(rowCount);
}
