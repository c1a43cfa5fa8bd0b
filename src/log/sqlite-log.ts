import { extname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Log } from './log.ts';
import { attachThreadLog } from './thread-log.ts';

export interface SqliteLogOptions {
  /** The log's file. Its folder must exist; SQLite keeps a second file beside it, the same with `-wal`. */
  readonly path: string;
}

/**
 * Opens or creates the log in an SQLite file, written by a thread of its own, so that the caller's event loop
 * never waits for the disk. The file is this process's alone until `close`. An open log keeps the process alive.
 *
 * Fails with FAILED_PRECONDITION LOG_LOCKED (somebody has the file open), LOG_VERSION (a newer SyncDB wrote it) or
 * LOG_CANNOT_OPEN (no such folder, no permission), DATA_LOSS NOT_A_LOG or LOG_CORRUPT, and RESOURCE_EXHAUSTED
 * LOG_DISK_FULL; metadata `path` names the file.
 */
export function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
  const path = resolve(options.path);
  // The sources run as .ts, what is published as .js, and the thread's file stands beside this one in both.
  const file = new URL(`./log-worker${extname(import.meta.url)}`, import.meta.url);
  // Flags of the process, such as --input-type, may be none that a thread can be started with.
  const worker = new Worker(file, { name: 'syncdb-log', workerData: path, execArgv: [] });
  return attachThreadLog(worker, path);
}
