/** Rows that go into a batch, and what comes out of it again. */
import { SyncError } from '../../../../src/base/errors.ts';
import { defaultLimits } from '../../../../src/base/limits.ts';
import type { Batch, BatchColumn, ColumnValues } from '../../../../src/codec/batch.ts';
import { compileRowCodec } from '../../../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../../../src/schema/table-def.ts';
import { batchOfRows } from '../../../../src/table/batch/batch-of-rows.ts';
import { type BatchRowsOptions, rowsOfBatch } from '../../../../src/table/batch/batch-rows.ts';
import { columnPlace } from '../../../../src/table/batch/column-form.ts';
import { throughBlock } from './through-block.ts';

export const options: BatchRowsOptions = {
  ...{ bytesMax: 64 << 20, limits: defaultLimits },
};

/** The cells of all rows of a batch. */
export function cellsOf(def: TableDef, batch: Batch, given: Partial<BatchRowsOptions> = {}) {
  const rows = rowsOfBatch(def, batch, { ...options, ...given });
  return Array.from({ length: rows.rowCount }, (_, row) => rows.cells(row));
}

/** Rows with these columns set, all others at their default. */
export function rowsWith(def: TableDef, name: string, cells: readonly Cell[]): Cell[][] {
  const codec = compileRowCodec(def);
  return cells.map((cell) => {
    const row = codec.defaultCells();
    row[def.columnByName.get(name)!.index] = cell;
    return row;
  });
}

/** What comes out of a block for one column of these cells. */
export function cellsBack(def: TableDef, name: string, cells: readonly Cell[]): Cell[] {
  const batch = throughBlock(batchOfRows(def, rowsWith(def, name, cells)));
  return cellsOf(def, batch).map((row) => row[def.columnByName.get(name)!.index]!);
}

/** The columns of a batch with these cells in one column: `70 list integers`, `70/1 bytes` for those of another form. */
export function columnsFor(def: TableDef, name: string, cells: readonly Cell[]): string[] {
  const { number } = def.columnByName.get(name)!;
  const { columns } = batchOfRows(def, rowsWith(def, name, cells));
  return columns.filter((column) => columnPlace(column.number).field === number).map(nameOf);
}

function nameOf({ number, values }: BatchColumn): string {
  const { field, form } = columnPlace(number);
  return `${field}${form === 0 ? '' : `/${form}`} ${kindOf(values)}`;
}

function kindOf(values: ColumnValues): string {
  if (values.kind === 'list') return `list ${kindOf(values.items)}`;
  if (values.kind !== 'group') return values.kind;
  return `{${values.columns.map(nameOf).join(', ')}}`;
}

/** The error with which a batch is refused, as `CODE REASON message`. */
export function refusalOf(
  def: TableDef,
  columns: readonly BatchColumn[],
  rowCount: number,
  given: Partial<BatchRowsOptions> = {},
): string {
  try {
    rowsOfBatch(def, { rowCount, columns }, { ...options, ...given });
  } catch (error) {
    if (error instanceof SyncError) return `${error.code} ${error.reason} ${error.message}`;
    throw error;
  }
  return 'none';
}
