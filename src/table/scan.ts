import type { Cell } from '../schema/table-def.ts';
import { type Bitmap, dropBits, isEmptyBitmap, joinBits, keepRows } from './bitmap.ts';
import type { ChunkTest } from './column.ts';
import { type Comparison, cellMatches, type Filter } from './filter.ts';
import type { Table } from './table.ts';

/** More values than this are looked up in a set rather than compared one after the other. */
const comparedValuesMax = 8;

/**
 * The filter as a test on the columns, chunk by chunk. Each part sees only the rows that the parts before it left
 * open. Good until the table changes.
 */
export function compileFilter(table: Table, filter: Filter): ChunkTest {
  if ('all' in filter) return allOf(filter.all.map((part) => compileFilter(table, part)));
  if ('any' in filter) return anyOf(filter.any.map((part) => compileFilter(table, part)));
  if ('not' in filter) return noneOf(compileFilter(table, filter.not));
  return compileComparison(table, filter);
}

function compileComparison(table: Table, comparison: Comparison): ChunkTest {
  const { op, cells } = comparison;
  if (op === 'ne') return noneOf(compileComparison(table, { ...comparison, op: 'eq' }));
  const test = table.column(comparison.column).test(op, cells);
  if (test !== undefined) return test;
  if (op !== 'in') return rowByRow(table, comparison);
  if (cells.length > comparedValuesMax) return inSet(table, comparison.column, cells);
  return anyOf(
    cells.map((cell) => compileComparison(table, { ...comparison, op: 'eq', cells: [cell] })),
  );
}

/** Passes what all parts pass. */
export function allOf(parts: readonly ChunkTest[]): ChunkTest {
  return {
    keep: (chunk, selection) => {
      for (const part of parts) {
        if (isEmptyBitmap(selection)) return;
        part.keep(chunk, selection);
      }
    },
  };
}

/** Passes what some part passes. */
export function anyOf(parts: readonly ChunkTest[]): ChunkTest {
  return {
    keep: (chunk, selection) => {
      const open = selection.slice();
      selection.fill(0);
      for (const part of parts) {
        if (isEmptyBitmap(open)) return;
        const found = open.slice();
        part.keep(chunk, found);
        joinBits(selection, found);
        dropBits(open, found);
      }
    },
  };
}

function noneOf(part: ChunkTest): ChunkTest {
  return {
    keep: (chunk, selection) => {
      const found = selection.slice();
      part.keep(chunk, found);
      dropBits(selection, found);
    },
  };
}

/** For operators that a column has no faster way for. */
function rowByRow(table: Table, comparison: Comparison): ChunkTest {
  const def = table.def.columns[comparison.column]!;
  return cellTest(table, comparison.column, (cell) => cellMatches(def, comparison, cell));
}

/** For numbers and booleans, which a set finds as they compare: NaN is in it, and 0 is -0. */
function inSet(table: Table, column: number, cells: readonly Cell[]): ChunkTest {
  const wanted = new Set(cells);
  return cellTest(table, column, (cell) => wanted.has(cell));
}

function cellTest(table: Table, index: number, holds: (cell: Cell) => boolean): ChunkTest {
  const column = table.column(index);
  return {
    keep: (chunk: number, selection: Bitmap) => {
      const first = chunk * table.chunkRows;
      keepRows(selection, (row) => holds(column.get(first + row)));
    },
  };
}
