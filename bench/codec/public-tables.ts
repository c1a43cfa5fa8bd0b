import { readdirSync, readFileSync } from 'node:fs';
// biome-ignore lint/correctness/noUndeclaredDependencies: the one that the package has; its examples have vega-datasets.
import { parse } from 'csv-parse/sync';
import type { Row, Table } from './table.ts';
import { rowsOfLines, typedTable } from './typed-rows.ts';

/**
 * The rule by which public tables are chosen, and not by what comes of them: every file of `vega-datasets` that is a table, as CSV,
 * as TSV or as a JSON array of objects, and has at least so many rows.
 */
export const publicRowsMin = 1_000;

const folder = new URL('../data/', import.meta.resolve('vega-datasets'));

/** All of them, by the names of their files. One after the other, so that the rows of one are gone when the next are measured. */
export function* publicTables(): Generator<Table> {
  for (const file of readdirSync(folder).sort()) {
    const rows = rowsOfFile(file, () => readFileSync(new URL(file, folder), 'utf8'));
    if (rows.length >= publicRowsMin) yield typedTable(file, rows);
  }
}

/** The rows of a file; none where it is no table. */
export function rowsOfFile(file: string, read: () => string): readonly Row[] {
  if (file.endsWith('.json')) return rowsOfJson(JSON.parse(read()));
  if (file.endsWith('.csv')) return rowsOfLines(linesOf(read(), ','));
  if (file.endsWith('.tsv')) return rowsOfLines(linesOf(read(), '\t'));
  return [];
}

function linesOf(text: string, delimiter: string): string[][] {
  return parse(text, { bom: true, delimiter, skip_empty_lines: true });
}

function rowsOfJson(value: unknown): readonly Row[] {
  const isTable =
    Array.isArray(value) &&
    value.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row));
  return isTable ? value : [];
}
