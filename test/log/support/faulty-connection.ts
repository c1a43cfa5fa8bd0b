import { connectSqlite, type SqlConnection } from '../../../src/log/sqlite-driver.ts';

/** An error as SQLite's binding raises it. */
export function sqliteError(extendedCode: number, message = `SQLite error ${extendedCode}`): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode: extendedCode });
}

/** A real connection in which a test can make single calls fail, look into the file, or change it. */
export class FaultyConnection implements SqlConnection {
  readonly real: SqlConnection;
  /** Runs in place of the real `exec`. */
  onExec: ((sql: string, run: () => void) => void) | undefined;
  /** Runs before each row of `iterate` is given, and may change it. */
  onRow: ((row: Record<string, unknown>) => void) | undefined;
  /** Runs before a statement gives its row, and may fail in its place. */
  beforeGet: ((sql: string) => void) | undefined;
  /** Replaces the row that a statement gives. */
  onGet: ((sql: string, row: unknown) => unknown) | undefined;
  /** Said in place of the truth. */
  transactionOpen: boolean | undefined;

  constructor(path: string) {
    this.real = connectSqlite(path);
  }

  get isTransaction(): boolean {
    return this.transactionOpen ?? this.real.isTransaction;
  }

  exec(sql: string): void {
    const run = () => this.real.exec(sql);
    if (this.onExec === undefined) run();
    else this.onExec(sql, run);
  }

  prepare<Row>(sql: string) {
    const real = this.real.prepare<Row>(sql);
    return {
      run: real.run.bind(real),
      get: (...values: Parameters<typeof real.get>): Row | undefined => {
        this.beforeGet?.(sql);
        const row = real.get(...values);
        return this.onGet === undefined ? row : (this.onGet(sql, row) as Row);
      },
      iterate: (...values: Parameters<typeof real.iterate>) =>
        this.watched(real.iterate(...values)),
    };
  }

  close(): void {
    this.real.close();
  }

  private *watched<Row>(rows: Iterable<Row>): Iterable<Row> {
    for (const row of rows) {
      this.onRow?.(row as Record<string, unknown>);
      yield row;
    }
  }
}
