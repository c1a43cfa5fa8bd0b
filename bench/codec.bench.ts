/**
 * Column blocks against JSON with gzip, and against Parquet with zstd at level 19: every public table that the rule of
 * `codec/public-tables.ts` chooses, and six generated ones, in batches of 5,000 rows and as whole tables. Rows are plain objects on
 * both sides, and what comes back is compared with them. Times are processor time. The table of all goes to stderr, and the plot to
 * docs/codec.svg.
 */
import { writeFileSync } from 'node:fs';
import { blockRowsMax, levels } from './codec/block-codec.ts';
import { type Costs, costsOf } from './codec/costs.ts';
import { baselineName, formatsOf, otherFormats } from './codec/formats.ts';
import { generatedTables } from './codec/generated-tables.ts';
import { jsonBytes } from './codec/json-codecs.ts';
import { createParquet, type Parquet } from './codec/parquet.ts';
import { type Point, plotOf } from './codec/plot.ts';
import { publicTables } from './codec/public-tables.ts';
import { geometricMean, type Result, ratioOf, tableOf } from './codec/results.ts';
import { type Worst, worstSmallBatch } from './codec/small-batches.ts';
import { batchesOf, type Table } from './codec/table.ts';
import type { Bench, Report } from './support/report.ts';

const batchRows = 5_000;
const plotFile = new URL('../docs/codec.svg', import.meta.url);

async function measure(table: Table, rowsMax: number, parquet: Parquet): Promise<Result> {
  const batches = batchesOf(table.rows, rowsMax);
  // The others are for the plot, which is of batches.
  const others = rowsMax === batchRows ? otherFormats() : [];
  // A file is no block: it takes a whole table of any size.
  const fileRows = rowsMax === batchRows ? batchRows : table.rows.length;
  const costs: Costs = {
    ...(await costsOf([...formatsOf(table), ...others], batches)),
    Parquet: await parquet.measure(fileRows, 'V1'),
    'Parquet v2': await parquet.measure(fileRows, 'V2'),
  };
  return {
    ...{ table: table.name, rows: table.rows.length, batchRows: rowsMax, costs },
    jsonBytes: batches.reduce((sum, batch) => sum + jsonBytes(batch).length, 0),
  };
}

function reportAll(report: Report, results: readonly Result[], small: readonly Worst[]): void {
  const ratio = (name: string, value: number) =>
    report({ name: `codec.${name}`, value, unit: 'ratio', baseline: 1 });
  const mean = (
    what: 'bytes' | 'encodeMs' | 'decodeMs',
    name: string,
    baseline: string = baselineName,
  ) => geometricMean(results.map((result) => ratioOf(result, what, name, baseline)));
  for (const level of levels) ratio(`${level}_vs_gzip`, mean('bytes', level));
  ratio('encode_speedup', 1 / mean('encodeMs', 'balanced'));
  ratio('decode_speedup', 1 / mean('decodeMs', 'balanced'));
  ratio('fast_encode_speedup', 1 / mean('encodeMs', 'fast'));
  ratio('fast_decode_speedup', 1 / mean('decodeMs', 'fast'));
  for (const level of ['balanced', 'small']) {
    ratio(`${level}_vs_parquet`, mean('bytes', level, 'Parquet'));
    ratio(`${level}_vs_parquet_v2`, mean('bytes', level, 'Parquet v2'));
  }
  const worst = worstOf(
    results.flatMap((result) =>
      ['balanced', 'small'].map((level) => ({
        ratio: ratioOf(result, 'bytes', level, 'Parquet'),
        what: `${result.table}, ${result.batchRows} rows, ${level}`,
      })),
    ),
  );
  console.error(`The worst against Parquet: ${worst.what}`);
  ratio('worst_vs_parquet', worst.ratio);
  const large = results.flatMap(({ table, batchRows: rows, jsonBytes: plain, costs }) =>
    levels.map((level) => ({
      ratio: costs[level]!.bytes / plain,
      what: `${table}, ${rows} rows, ${level}`,
    })),
  );
  const worstPlain = worstOf([...small, ...large]);
  console.error(`The worst against JSON: ${worstPlain.what}`);
  ratio('worst_vs_json', worstPlain.ratio);
}

function worstOf(all: readonly Worst[]): Worst {
  return all.reduce((worst, each) => (each.ratio > worst.ratio ? each : worst));
}

function pointsOf(results: readonly Result[]): Point[] {
  const batched = results.filter((result) => result.batchRows === batchRows);
  // Columns first: they take the colour that is seen first.
  const names = [...new Set([...levels, ...Object.keys(batched[0]!.costs)])];
  return names.map((name) => {
    const mean = (what: 'bytes' | 'encodeMs' | 'decodeMs') =>
      geometricMean(batched.map((result) => ratioOf(result, what, name)));
    const isLevel = (levels as readonly string[]).includes(name);
    return {
      family: isLevel ? 'columns' : name.split(' ')[0]!,
      name: isLevel ? `columns, ${name}` : name.startsWith('Parquet') ? name : `JSON, ${name}`,
      bytes: mean('bytes'),
      encodeMs: mean('encodeMs'),
      decodeMs: mean('decodeMs'),
    };
  });
}

function* allTables(): Generator<Table> {
  yield* publicTables();
  yield* generatedTables();
}

export const bench: Bench = async (report) => {
  const parquet = await createParquet();
  const results: Result[] = [];
  const small: Worst[] = [];
  for (const table of allTables()) {
    await parquet.load(table);
    for (const rowsMax of [batchRows, blockRowsMax]) {
      results.push(await measure(table, rowsMax, parquet));
    }
    small.push(await worstSmallBatch(table));
    console.error(
      `${table.name}: ${(process.cpuUsage().user / 1e6).toFixed(0)} s of processor time so far`,
    );
  }
  parquet.close();
  console.error(tableOf(results, blockRowsMax));
  reportAll(report, results, small);
  const note =
    `Means of ${results.length / 2} tables in batches of ${batchRows} rows. Parquet: zstd 19, ` +
    'from and to a table of DuckDB, without the objects that the others make.';
  writeFileSync(plotFile, plotOf(pointsOf(results), note));
};
