import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Bytes of a page of every file. */
export const pageBytes = 16_384;

/** What SQLite stores, as far as a log needs it. */
export type SqlValue = null | number | bigint | string | NodeJS.ArrayBufferView;

/**
 * A prepared statement whose rows are objects by column name. It is done with once a call, or the loop over
 * `iterate`, has ended.
 */
export interface SqlStatement<Row> {
  run(...values: SqlValue[]): unknown;
  get(...values: SqlValue[]): Row | undefined;
  iterate(...values: SqlValue[]): Iterable<Row>;
}

/**
 * One connection to one SQLite file, all of it synchronous: the seam between the log and whichever binding of
 * SQLite there is. Errors are the binding's own; `resultCode` reads them.
 */
export interface SqlConnection {
  /** Whether a transaction is open: SQLite ends one by itself after some errors. */
  readonly isTransaction: boolean;
  exec(sql: string): void;
  /** `Row` is the caller's word for what `sql` selects. */
  prepare<Row>(sql: string): SqlStatement<Row>;
  close(): void;
}

/** Primary result codes of SQLite that mean something to a log. */
export const ResultCode = {
  busy: 5,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  constraint: 19,
  notADatabase: 26,
} as const;

/** Opens or creates the file. A lock held by somebody else is an error at once, never a wait. */
export function connectSqlite(path: string): SqlConnection {
  // The shape is the same; only the type of its rows is the caller's here.
  return new DatabaseSync(path, { timeout: 0 }) as unknown as SqlConnection;
}

/** Opens a file that is there, to look into it. */
export function connectSqliteReadOnly(path: string): SqlConnection {
  return new DatabaseSync(path, { timeout: 0, readOnly: true }) as unknown as SqlConnection;
}

/** Where SQLite keeps the write-ahead log of a file: beside the file itself, also where `path` is a link to it. */
export function walPath(path: string): string {
  return `${targetOf(path, linksMax)}-wal`;
}

/** As many links to links as SQLite follows. */
const linksMax = 100;

/** What a link leads to, though it be gone. */
function targetOf(path: string, links: number): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && links > 0
    ? targetOf(resolve(dirname(path), readlinkSync(path)), links - 1)
    : path;
}

/** Whether there was no room for the index of a write-ahead log: SQLite calls that SQLITE_IOERR_SHMSIZE. */
export function lacksIndexRoom(error: unknown): boolean {
  return (error as { readonly errcode?: unknown } | undefined)?.errcode === 4_874;
}

/** SQLite's primary result code behind `error`, or 0 where the error is not SQLite's. */
export function resultCode(error: unknown): number {
  const extended = (error as { readonly errcode?: unknown } | undefined)?.errcode;
  return typeof extended === 'number' ? extended & 0xff : 0;
}
