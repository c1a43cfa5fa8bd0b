import { existsSync } from 'node:fs';
import { epochOf } from '../base/seq.ts';
import { headOfRecord } from '../change/commit-record.ts';
import { openSqliteStore } from '../log/sqlite-store.ts';

/** The newest epoch that the log at `path` knows of, by what it says of itself and by its last record; 0 where there is none. */
export function newestEpoch(path: string): number {
  if (!existsSync(path)) return 0;
  const log = openSqliteStore(path);
  try {
    const [last] = log.head > log.trimmed ? log.read(log.head - 1, log.head).records : [];
    return Math.max(log.epoch, last === undefined ? 0 : epochOf(headOfRecord(last).seq));
  } finally {
    log.close();
  }
}
