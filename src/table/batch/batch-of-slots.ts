import { type Batch, type BatchColumn, type ColumnValues, countOf } from '../../codec/batch.ts';
import type { ColumnDef } from '../../schema/table-def.ts';
import type { Table } from '../table.ts';
import { columnsOfCells } from './batch-of-rows.ts';
import { codedColumns } from './coded-column.ts';
import { FieldItems } from './field-items.ts';
import { sorted } from './message-items.ts';
import { createNestedItems } from './nested-items.ts';
import { isNamed, type RowMasks } from './row-masks.ts';
import { noTeamCodecs } from './team-codec.ts';

/** `batchOfRows` of live rows of a table, by their slots, without making the cells. Nothing of it lies in the table. */
export function batchOfSlots(
  table: Table,
  slots: readonly number[],
  masks?: RowMasks,
  codecs = noTeamCodecs,
): Batch {
  const columns = table.def.columns.flatMap((column) => {
    const cellAt = (row: number) => table.cell(slots[row]!, column.index);
    return (
      codedColumns(column, slots.length, cellAt, masks, codecs) ??
      columnsOf(table, column, slots, masks)
    );
  });
  return { rowCount: slots.length, columns: sorted(columns) };
}

function columnsOf(
  table: Table,
  column: ColumnDef,
  slots: readonly number[],
  masks: RowMasks | undefined,
): BatchColumn[] {
  const { index, number } = column;
  const rows = masks && namedRows(masks, index);
  const gathered = table.column(index).gather(rows?.map((row) => slots[row]!) ?? slots);
  if (gathered === undefined) {
    return columnsOfCells(column, slots.length, (row) => table.cell(slots[row]!, index), masks);
  }
  const { values } = gathered;
  if (countOf(values) === 0 || (!column.presence && areDefaults(values))) return [];
  const present =
    rows === undefined ? gathered.present : presentIn(slots.length, rows, gathered.present);
  if (column.kind === 'wire') return wireColumns(column, slots.length, present, values);
  return [{ number, present, values }];
}

/** The rows that say something of a column. */
function namedRows(masks: RowMasks, index: number): number[] {
  return Array.from(masks.keys()).filter((row) => isNamed(masks, row, index));
}

/** A byte for each row of a batch, of which some may have a value, and those do that `present` says. */
function presentIn(
  rowCount: number,
  rows: readonly number[],
  present: Uint8Array | undefined,
): Uint8Array | undefined {
  if (rows.length === rowCount) return present;
  const all = new Uint8Array(rowCount);
  rows.forEach((row, at) => {
    all[row] = present?.[at] ?? 1;
  });
  return all;
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
  rowCount: number,
  present: Uint8Array | undefined,
  values: ColumnValues,
): BatchColumn[] {
  if (values.kind !== 'bytes') return [];
  const items = new FieldItems(number, nested, 0, createNestedItems);
  let next = 0;
  for (let row = 0; row < rowCount; row++) {
    if (present !== undefined && present[row] === 0) continue;
    const records = values.values[next++]!;
    items.add(row, records, 0, records.length);
  }
  return items.columns(rowCount);
}
