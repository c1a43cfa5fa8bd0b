import { join } from 'node:path';
import { openSqliteStore } from '../../../src/log/sqlite-store.ts';

/** The path of a log with these records that was closed. */
export function makeClosedLog(folder: string, records: readonly Uint8Array[]): string {
  const path = join(folder, 'test.log');
  const store = openSqliteStore(path);
  store.append(0, [...records]);
  store.close();
  return path;
}
