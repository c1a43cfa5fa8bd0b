import { readFileSync, writeFileSync } from 'node:fs';
import { connectSqlite } from '../../../src/log/sqlite-driver.ts';

const pageBytes = 16_384;

/** Does `sql` to a file that is closed. */
export function change(path: string, sql: string): void {
  const db = connectSqlite(path);
  db.exec(sql);
  db.close();
}

/** Overwrites a page of a file, counted from 1. */
export function ruinPage(path: string, page: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xff, (page - 1) * pageBytes, page * pageBytes);
  writeFileSync(path, bytes);
}
