import { join } from 'node:path';

export interface RecoveryRows {
  /** Where the files are. */
  readonly folder: string;
  readonly count: number;
  /** Commits behind the snapshot. */
  readonly tail: number;
}

export const logPath = (folder: string) => join(folder, 'rows.syncdb');
export const ndjsonPath = (folder: string) => join(folder, 'rows.ndjson');

export const snapshotsPath = (folder: string) => join(folder, 'rows.syncdb-snapshots');
