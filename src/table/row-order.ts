import { compareUtf8 } from '../base/utf8.ts';
import { compareCells } from '../schema/cell.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { ChunkTest } from './column.ts';
import type { Filter } from './filter.ts';
import type { OverlayRow } from './row-source.ts';
import { allOf, anyOf, compileFilter } from './scan.ts';
import type { Table } from './table.ts';

/** Orders by one column. Absent values come first when ascending, and last when descending. */
export interface OrderBy {
  /** Index of the column. */
  readonly column: number;
  readonly descending: boolean;
}

/** A place in the order of a query: the cells that it orders by and the key of the row that stands there. */
export interface Keyset {
  /** One for each `OrderBy`. */
  readonly cells: readonly Cell[];
  readonly key: string;
}

/**
 * The order of rows by columns and then by the UTF-8 bytes of the key. A row is the slot of a table's row, or
 * `-1 - index` for one of the overlay's.
 */
export interface RowOrder {
  compare(left: number, right: number): number;
  compareTo(row: number, place: Keyset): number;
  place(row: number): Keyset;
  /** Keeps the table's rows that come after a place. */
  testAfter(place: Keyset): ChunkTest;
  /** Keeps the table's rows that come before a place. */
  testBefore(place: Keyset): ChunkTest;
}

/** The order of two places of one query. */
export function comparePlaces(
  def: TableDef,
  orderBy: readonly OrderBy[],
  left: Keyset,
  right: Keyset,
): number {
  for (const [index, { column, descending }] of orderBy.entries()) {
    const { kind } = def.columns[column]!;
    const order = compareCells(kind, left.cells[index]!, right.cells[index]!);
    if (order !== 0) return descending ? -order : order;
  }
  return compareUtf8(left.key, right.key);
}

export function createRowOrder(
  table: Table,
  overlay: readonly OverlayRow[],
  orderBy: readonly OrderBy[],
): RowOrder {
  return new ColumnOrder(table, overlay, orderBy);
}

class ColumnOrder implements RowOrder {
  private readonly table: Table;
  private readonly overlay: readonly OverlayRow[];
  private readonly orderBy: readonly OrderBy[];

  constructor(table: Table, overlay: readonly OverlayRow[], orderBy: readonly OrderBy[]) {
    this.table = table;
    this.overlay = overlay;
    this.orderBy = orderBy;
  }

  // A function of its own, for callers that pass it on.
  readonly compare = (left: number, right: number): number => {
    for (const { column, descending } of this.orderBy) {
      const order =
        left >= 0 && right >= 0
          ? this.table.column(column).compare(left, right)
          : this.compareCells(column, this.cell(left, column), this.cell(right, column));
      if (order !== 0) return descending ? -order : order;
    }
    if (left >= 0 && right >= 0) return this.table.compareKeys(left, right);
    return compareUtf8(this.key(left), this.key(right));
  };

  compareTo(row: number, place: Keyset): number {
    return comparePlaces(this.table.def, this.orderBy, this.place(row), place);
  }

  place(row: number): Keyset {
    const cells = this.orderBy.map(({ column }) => this.cell(row, column));
    return { cells, key: this.key(row) };
  }

  testAfter(place: Keyset): ChunkTest {
    return this.testSide(place, true, 0);
  }

  testBefore(place: Keyset): ChunkTest {
    return this.testSide(place, false, 0);
  }

  /** Rows that come after, or before, a place, when the columns before `index` are level with it. */
  private testSide(place: Keyset, after: boolean, index: number): ChunkTest {
    const { table } = this;
    const order = this.orderBy[index];
    if (order === undefined) return table.keyTest(after ? 'gt' : 'lt', place.key);
    const { column, descending } = order;
    const cell = place.cells[index]!;
    const above = after !== descending;
    return anyOf([
      compileFilter(table, above ? aboveCell(column, cell) : belowCell(column, cell)),
      allOf([
        compileFilter(table, levelCell(column, cell)),
        this.testSide(place, after, index + 1),
      ]),
    ]);
  }

  private cell(row: number, column: number): Cell {
    return row >= 0 ? this.table.cell(row, column) : this.overlay[-1 - row]!.cells[column]!;
  }

  private key(row: number): string {
    return row >= 0 ? this.table.keyOf(row) : this.overlay[-1 - row]!.key;
  }

  private compareCells(column: number, left: Cell, right: Cell): number {
    return compareCells(this.table.def.columns[column]!.kind, left, right);
  }
}

function absent(column: number): Filter {
  return { column, op: 'absent', cells: [] };
}

function levelCell(column: number, cell: Cell): Filter {
  return cell === null ? absent(column) : { column, op: 'eq', cells: [cell] };
}

function aboveCell(column: number, cell: Cell): Filter {
  return cell === null ? { not: absent(column) } : { column, op: 'gt', cells: [cell] };
}

/** Absent cells are below all others. */
function belowCell(column: number, cell: Cell): Filter {
  if (cell === null) return { any: [] };
  return { any: [{ column, op: 'lt', cells: [cell] }, absent(column)] };
}
