import { compareCells } from '../schema/cell.ts';
import type { Cell, ColumnDef, TableDef } from '../schema/table-def.ts';

/** How a comparison compares a cell with its operands. */
export type Operator =
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  /** Equal to one of the operands, of which there may be any number. */
  | 'in'
  /** A string that starts with the operand. */
  | 'starts-with'
  /** The cell is null. Takes no operand. */
  | 'absent';

/**
 * Tests one column. Cells compare as `compareCells` has it, so NaN equals NaN and is above all numbers, and 0
 * equals -0. An absent cell matches only `ne` and `absent`.
 */
export interface Comparison {
  /** Index of the column. */
  readonly column: number;
  readonly op: Operator;
  /** The operands: one, but for `in` and `absent`. Never null. */
  readonly cells: readonly Cell[];
}

/** Chooses rows. An empty `all` matches every row, an empty `any` none. */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | Comparison;

/** The filter that every row matches. */
export const everything: Filter = { all: [] };

/** True where a row with these cells matches. */
export function matches(def: TableDef, filter: Filter, cells: readonly Cell[]): boolean {
  if ('all' in filter) return filter.all.every((part) => matches(def, part, cells));
  if ('any' in filter) return filter.any.some((part) => matches(def, part, cells));
  if ('not' in filter) return !matches(def, filter.not, cells);
  return cellMatches(def.columns[filter.column]!, filter, cells[filter.column]!);
}

/** True where a single cell matches the comparison of its column. */
export function cellMatches(column: ColumnDef, comparison: Comparison, cell: Cell): boolean {
  const { op, cells } = comparison;
  if (cell === null) return op === 'ne' || op === 'absent';
  switch (op) {
    case 'absent':
      return false;
    case 'in':
      return cells.some((operand) => compareCells(column.kind, cell, operand) === 0);
    case 'starts-with':
      return (cell as string).startsWith(cells[0] as string);
    default:
      return orderHolds(op, compareCells(column.kind, cell, cells[0]!));
  }
}

/** True where an order as of `compareCells` between cell and operand is what the operator asks for. */
export function orderHolds(
  operator: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge',
  order: number,
): boolean {
  switch (operator) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
  }
}
