import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import { defaultLimits } from '../base/limits.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import type { SchemaInput } from '../schema/descriptors.ts';
import { type Database, openDatabase } from '../server/database.ts';
import { createProgress, type Progress, type ProgressOutput } from './progress.ts';

export interface DatabaseFileOptions {
  /** The folder of the file, made where it is missing. */
  readonly folder: string;
  /** The database's name, and the file's: `NAME.syncdb`. */
  readonly name: string;
  readonly schema: SchemaInput;
  readonly schemaVersion: number;
  /** Bytes of its rows, its history and its caches; without a limit when left out. */
  readonly memoryBytesMax?: number;
  /** Shown while a long log is read. */
  readonly output: ProgressOutput;
}

/** Names that are a file of that name on every system. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** Logs that are read at once need no word about it, in records. */
const recordsQuiet = 1_000;

/**
 * Opens a database whose log is a file of its own, and makes both where they are missing. Raises what
 * `openSqliteLog` and `openDatabase` raise, BAD_DATABASE_NAME, and FAILED_PRECONDITION NO_FOLDER.
 */
export async function openDatabaseFile(options: DatabaseFileOptions): Promise<Database> {
  const { folder, name, schema, schemaVersion, output } = options;
  const { memoryBytesMax = defaultLimits.memoryBytesMax } = options;
  if (!namePattern.test(name)) {
    const rule =
      'must be 1 to 64 characters of A-Z a-z 0-9 _ . - and begin with none of the last two';
    throw invalidField('database', 'BAD_DATABASE_NAME', rule);
  }
  await makeFolder(folder);
  const openLog = () => openSqliteLog({ path: join(folder, `${name}.syncdb`) });
  const log = await openLog();
  let progress: Progress | undefined;
  try {
    return await openDatabase({
      name,
      schema,
      schemaVersion,
      log,
      reopenLog: openLog,
      limits: { ...defaultLimits, memoryBytesMax },
      clock: { nowMs: () => Date.now() },
      onRecovery: (done, total) => {
        if (total < recordsQuiet) return;
        progress ??= createProgress(`Reading ${name}`, total, output);
        progress.update(done);
      },
    });
  } catch (error) {
    await log.close();
    throw error;
  } finally {
    progress?.end();
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    const message = `the folder ${folder} cannot be made (${problem})`;
    throw new SyncError(Code.failedPrecondition, 'NO_FOLDER', message, { cause });
  }
}
