import type { Costs } from './costs.ts';
import { baselineName } from './formats.ts';

/** What a table takes, cut in one way. */
export interface Result {
  readonly table: string;
  readonly rows: number;
  /** Rows of a batch, at most. */
  readonly batchRows: number;
  readonly jsonBytes: number;
  /** By the names of the formats. */
  readonly costs: Costs;
}

/** The mean of ratios: twice as much here and half as much there is as much. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values');
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Bytes, or time, of a format as a part of those of another. */
export function ratioOf(
  { costs }: Result,
  what: 'bytes' | 'encodeMs' | 'decodeMs',
  name: string,
  baseline: string = baselineName,
): number {
  return costs[name]![what] / costs[baseline]![what];
}

const headings = [
  ...['table', 'rows', 'batch', 'JSON', 'gzip', 'fast', 'bal.', 'small', 'Parquet', 'v2'],
  ...['f/gz', 'b/gz', 's/gz', 'b/JSON', 'b/Pq', 's/Pq', 'b/Pq2'],
  ...['gz enc', 'f enc', 'b enc', 's enc', 'gz dec', 'f dec', 'b dec', 's dec'],
];

/**
 * The results as a table of text: bytes, ratios of bytes, and milliseconds of processor time. `batch` is `all` for whole tables,
 * which are more than one block only where they have more rows than a block may.
 */
export function tableOf(results: readonly Result[], wholeRows: number): string {
  const lines = [headings, ...results.map((result) => lineOf(result, wholeRows))];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  '),
    )
    .join('\n');
}

function lineOf(result: Result, wholeRows: number): string[] {
  const { table, rows, batchRows, jsonBytes, costs } = result;
  const names = [baselineName, 'fast', 'balanced', 'small'];
  const bytes = (name: string) => String(costs[name]!.bytes);
  const ratio = (name: string, baseline: string) =>
    ratioOf(result, 'bytes', name, baseline).toFixed(3);
  return [
    table,
    String(rows),
    batchRows === wholeRows ? 'all' : String(batchRows),
    String(jsonBytes),
    ...[...names, 'Parquet', 'Parquet v2'].map(bytes),
    ...names.slice(1).map((name) => ratio(name, baselineName)),
    (costs.balanced!.bytes / jsonBytes).toFixed(3),
    ratio('balanced', 'Parquet'),
    ratio('small', 'Parquet'),
    ratio('balanced', 'Parquet v2'),
    ...names.map((name) => costs[name]!.encodeMs.toFixed(1)),
    ...names.map((name) => costs[name]!.decodeMs.toFixed(1)),
  ];
}
