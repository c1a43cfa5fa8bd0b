import type { Limits } from '../../base/limits.ts';
import type { Batch, BatchColumn } from '../../codec/batch.ts';
import { decodeRow } from '../../schema/row-codec.ts';
import type { Cell, ColumnDef, TableDef } from '../../schema/table-def.ts';
import { createCellItems } from './cell-items.ts';
import { codedColumns } from './coded-column.ts';
import { sorted } from './message-items.ts';
import { isNamed, type RowMasks } from './row-masks.ts';
import { noTeamCodecs, type TeamCodecs } from './team-codec.ts';

/**
 * The batch of rows of a table, given as their cells, which must be canonical: a column for each of the table, by field number,
 * and further ones where `ColumnForm` says so. A row is absent in a column where its cell is null. Byte strings are kept, and views
 * of records.
 *
 * Rows that have a mask are patches: in a column that is not in it they are absent, too. What a patch clears is in its mask and
 * absent, so the masks have to travel beside the batch. A column without presence is left out where it has its default in all
 * rows that say something of it.
 *
 * A column whose codec is among `codecs` stands as that writes it.
 */
export function batchOfRows(
  def: TableDef,
  rows: readonly (readonly Cell[])[],
  masks?: RowMasks,
  codecs = noTeamCodecs,
): Batch {
  const columns = def.columns.flatMap((column) => {
    const cellAt = (row: number) => rows[row]![column.index]!;
    return (
      codedColumns(column, rows.length, cellAt, masks, codecs) ??
      columnsOfCells(column, rows.length, cellAt, masks)
    );
  });
  return { rowCount: rows.length, columns: sorted(columns) };
}

/**
 * The same for rows as protobuf bytes, of a patch those of the fields that it sets. Raises what `decodeRow` does, and the batch
 * has what that makes of the bytes.
 */
export function batchOfRowBytes(
  def: TableDef,
  rows: readonly Uint8Array[],
  masks: RowMasks | undefined,
  limits: Limits,
  codecs?: TeamCodecs,
): Batch {
  const cells = rows.map((row) => decodeRow(def, row, 0, row.length, limits).cells);
  return batchOfRows(def, cells, masks, codecs);
}

/** The columns of a batch for one of the table, of whose rows `cellAt` gives the cells; see `batchOfRows`. */
export function columnsOfCells(
  column: ColumnDef,
  rowCount: number,
  cellAt: (row: number) => Cell,
  masks: RowMasks | undefined,
): BatchColumn[] {
  const items = createCellItems(column);
  for (let row = 0; row < rowCount; row++) {
    if (!isNamed(masks, row, column.index)) continue;
    const cell = cellAt(row);
    if (cell !== null) items.add(row, cell);
  }
  return items.isDefault() ? [] : items.columns(rowCount);
}
