import { ByteWriter } from '../../base/bytes.ts';
import type { BatchColumn, ColumnValues } from '../../codec/batch.ts';
import { cellsEqual, defaultCell } from '../../schema/cell.ts';
import { encodeCell } from '../../schema/cell-encoder.ts';
import { columnCodecs } from '../../schema/column-codec.ts';
import type { Cell, ColumnDef, ColumnKind } from '../../schema/table-def.ts';
import { ColumnForm, columnNumber } from './column-form.ts';
import { FieldItems } from './field-items.ts';
import { GatheredRows } from './gathered-rows.ts';
import { createNestedItems } from './nested-items.ts';
import { isLong } from './time-items.ts';

type Value = Exclude<Cell, null>;

/** Gathers the cells of a column. */
export interface CellItems {
  /** Rows ascend. */
  add(row: number, cell: Value): void;
  /** True where all rows have the default of a column without presence. */
  isDefault(): boolean;
  columns(rowCount: number): BatchColumn[];
}

export function createCellItems(column: ColumnDef): CellItems {
  if (column.kind === 'wire') return new WireItems(column);
  return column.kind === 'time' ? new TimeCells(column) : new PlainItems(column);
}

/** Cells that are the values. */
class PlainItems implements CellItems {
  private readonly column: ColumnDef;
  private readonly rows = new GatheredRows();
  private readonly cells: Value[] = [];

  constructor(column: ColumnDef) {
    this.column = column;
  }

  add(row: number, cell: Value): void {
    this.rows.push(row);
    this.cells.push(cell);
  }

  isDefault(): boolean {
    const { kind, presence } = this.column;
    const cell = defaultCell(this.column);
    return !presence && this.cells.every((each) => cellsEqual(kind, each, cell));
  }

  columns(rowCount: number): BatchColumn[] {
    const number = columnNumber(this.column.number, ColumnForm.values);
    return this.rows.column(number, rowCount, () => valuesOf(this.column.kind, this.cells));
  }
}

function valuesOf(kind: ColumnKind, cells: readonly Value[]): ColumnValues {
  switch (kind) {
    case 'int64':
    case 'uint64':
      // The bits of an unsigned one are taken as they are.
      return { kind: 'longs', values: new BigInt64Array(cells as bigint[]) };
    case 'float':
    case 'double':
      return { kind: 'floats', values: new Float64Array(cells as number[]) };
    case 'string':
      return { kind: 'texts', values: cells as readonly string[] };
    case 'bytes':
      return { kind: 'bytes', values: cells as readonly Uint8Array[] };
    case 'bool':
      return { kind: 'integers', values: Float64Array.from(cells, Number) };
    default:
      return { kind: 'integers', values: new Float64Array(cells as number[]) };
  }
}

/** Times that 64 bits hold, and the records of all others. */
class TimeCells implements CellItems {
  private readonly column: ColumnDef;
  private readonly rows = new GatheredRows();
  private readonly times: bigint[] = [];
  private readonly recordRows = new GatheredRows();
  private readonly records: Uint8Array[] = [];

  constructor(column: ColumnDef) {
    this.column = column;
  }

  add(row: number, cell: Value): void {
    if (isLong(cell as bigint)) {
      this.rows.push(row);
      this.times.push(cell as bigint);
      return;
    }
    const out = new ByteWriter(32);
    const { codecs } = columnCodecs([this.column]);
    encodeCell(codecs[0]!, cell, out);
    this.recordRows.push(row);
    this.records.push(out.finish());
  }

  isDefault(): boolean {
    return false;
  }

  columns(rowCount: number): BatchColumn[] {
    const { rows, times, recordRows, records } = this;
    const { number } = this.column;
    return [
      ...rows.column(columnNumber(number, ColumnForm.values), rowCount, () => ({
        kind: 'longs',
        values: new BigInt64Array(times),
      })),
      ...recordRows.column(columnNumber(number, ColumnForm.records), rowCount, () => ({
        kind: 'bytes',
        values: records,
      })),
    ];
  }
}

/** Records of messages, lists and maps. */
class WireItems implements CellItems {
  private readonly items: FieldItems;

  constructor({ number, nested }: ColumnDef) {
    this.items = new FieldItems(number, nested, 0, createNestedItems);
  }

  add(row: number, cell: Value): void {
    const records = cell as Uint8Array;
    this.items.add(row, records, 0, records.length);
  }

  isDefault(): boolean {
    return false;
  }

  columns(rowCount: number): BatchColumn[] {
    return this.items.columns(rowCount);
  }
}
