import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { verify } from '../support/rounds.ts';
import { fieldsInside, fromSql, sqlFields, toSql } from './sql-types.ts';
import type { Table } from './table.ts';

/** How DuckDB writes Parquet: by itself it takes encodings of version 1. */
export type ParquetVersion = 'V1' | 'V2';

export interface ParquetCost {
  readonly bytes: number;
  /** Processor time of writing DuckDB's own table to files, and of reading it back; rows as objects are not in it. */
  readonly encodeMs: number;
  readonly decodeMs: number;
}

/** Writes tables as Parquet, with zstd at level 19 and without Bloom filters, which are of no use on the way. */
export interface Parquet {
  /** Takes a table up, for the calls that follow. */
  load(table: Table): Promise<void>;
  /** A file for each `rowsMax` rows of it. The rows in those of version 1 are compared with the table. */
  measure(rowsMax: number, version: ParquetVersion): Promise<ParquetCost>;
  close(): void;
}

export async function createParquet(): Promise<Parquet> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  return new DuckParquet(instance, connection);
}

class DuckParquet implements Parquet {
  private readonly folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private table: Table | undefined;

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance;
    this.connection = connection;
  }

  async load(table: Table): Promise<void> {
    const { fields, rows } = table;
    this.table = table;
    const path = join(this.folder, 'rows.json');
    const lines = rows.map((row) => `${JSON.stringify(fieldsInside(fields, row, toSql))}\n`);
    writeFileSync(path, lines.join(''));
    const columns = sqlFields(fields, rows).map(([name, type]) => `${text(name)}: ${text(type)}`);
    await this.connection.run(`CREATE OR REPLACE TABLE of_rows AS SELECT * FROM read_json(
      ${text(path)}, format = 'newline_delimited', columns = {${columns.join(', ')}})`);
  }

  async measure(rowsMax: number, version: ParquetVersion): Promise<ParquetCost> {
    const { rows } = this.table!;
    let cost: ParquetCost = { bytes: 0, encodeMs: 0, decodeMs: 0 };
    for (let start = 0; start < rows.length; start += rowsMax) {
      const one = await this.measureFile(start, Math.min(rowsMax, rows.length - start), version);
      cost = {
        bytes: cost.bytes + one.bytes,
        encodeMs: cost.encodeMs + one.encodeMs,
        decodeMs: cost.decodeMs + one.decodeMs,
      };
    }
    return cost;
  }

  private async measureFile(
    start: number,
    count: number,
    version: ParquetVersion,
  ): Promise<ParquetCost> {
    const path = join(this.folder, 'rows.parquet');
    const encodeMs = await this.timed(`COPY (
        SELECT * FROM of_rows WHERE rowid >= ${start} AND rowid < ${start + count}
      ) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19,
        PARQUET_VERSION ${version}, WRITE_BLOOM_FILTER false)`);
    const file = `read_parquet(${text(path)})`;
    const decodeMs = await this.timed(`CREATE OR REPLACE TEMP TABLE read AS SELECT * FROM ${file}`);
    if (version === 'V1') await this.verifyFile(file, start, count);
    return { bytes: statSync(path).size, encodeMs, decodeMs };
  }

  private async timed(sql: string): Promise<number> {
    const before = process.cpuUsage();
    await this.connection.run(sql);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  }

  private async verifyFile(file: string, start: number, count: number): Promise<void> {
    const { fields, rows, name } = this.table!;
    const sql = `SELECT CAST(to_json(f) AS VARCHAR) AS line FROM ${file} f`;
    const lines = (await this.connection.runAndReadAll(sql)).getRowObjectsJson();
    verify(lines.length === count, `${name}: Parquet has ${lines.length} rows`);
    lines.forEach(({ line }, index) => {
      const read = fieldsInside(fields, JSON.parse(line as string), fromSql);
      const isSame = isDeepStrictEqual(read, rows[start + index]);
      verify(isSame, `${name}: row ${start + index} is another in Parquet: ${line}`);
    });
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
    rmSync(this.folder, { recursive: true });
  }
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
