import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { reworded } from '../base/error-fields.ts';
import { Code, isDataLoss, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import { sizeOf } from '../log/file-size.ts';
import { checkLogThere } from '../log/missing-log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import { walPath } from '../log/sqlite-driver.ts';
import { repairMark } from '../log/sqlite-file.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openOrReplaceSnapshots } from '../log/sqlite-snapshots.ts';
import type { SchemaInput } from '../schema/descriptors.ts';
import { createSchema } from '../schema/schema.ts';
import { createRowValidator } from '../schema/validate.ts';
import { type Database, openDatabase } from '../server/database.ts';
import { type DatabasePaths, databasePaths } from './database-paths.ts';
import { failureText } from './failure.ts';
import { createProgress, type Progress, type ProgressOutput } from './progress.ts';

export interface DatabaseFileOptions {
  /** The folder of the file, made where it is missing. */
  readonly folder: string;
  /** The database's name, and the files': `NAME.syncdb`, and `NAME.syncdb-snapshots`. */
  readonly name: string;
  readonly schema: SchemaInput;
  readonly schemaVersion: number;
  readonly limits?: Limits;
  /** Told of snapshots that cannot be used or written. Lines on stderr when left out. */
  readonly logger?: Logger;
  /** Ends the opening, which then fails with its reason; the files are closed. */
  readonly signal?: AbortSignal;
  /** Shown while a long log is read. */
  readonly output: ProgressOutput;
}

/** Logs that are read at once need no word about it, in records. */
const recordsQuiet = 1_000;

/**
 * Opens a database whose log is a file of its own, and makes both where they are missing. Raises what
 * `openSqliteLog`, `checkLogThere` and `openDatabase` raise, BAD_DATABASE_NAME, and FAILED_PRECONDITION NO_FOLDER; what is
 * lost of the log has metadata `path`. A schema that cannot be makes no files.
 */
export async function openDatabaseFile(options: DatabaseFileOptions): Promise<Database> {
  const { folder, name, schema, schemaVersion, output, signal, limits = defaultLimits } = options;
  const paths = checkDatabaseFile(options);
  await makeFolder(folder);
  checkLogThere(paths.log, paths.snapshots);
  const openLog = () => openSqliteLog({ path: paths.log });
  // Whoever has the log has the snapshots.
  const log = await openLog();
  const say = (text: string) => {
    const sentence = `database ${name}: ${text}`;
    if (options.logger === undefined) process.stderr.write(`${sentence}\n`);
    else options.logger.warn({ database: name }, sentence);
  };
  let snapshots: SnapshotStore | undefined;
  let progress: Progress | undefined;
  try {
    if (log.trimmed > 0) checkSnapshotsThere(paths, log.trimmed);
    snapshots = await openSnapshots(paths.snapshots, log.trimmed > 0, say);
    return await openDatabase({
      name,
      schema,
      schemaVersion,
      log,
      reopenLog: openLog,
      snapshots,
      onDamagedSnapshot: ({ position }, { message }) =>
        say(`the snapshot of record ${position} cannot be used (${message})`),
      onSnapshotFailure: (error) => say(`no snapshot was written (${failureText(error)})`),
      limits,
      ...(signal && { signal }),
      clock: { nowMs: () => Date.now() },
      onRecovery: (done, total) => {
        if (total < recordsQuiet) return;
        progress ??= createProgress(`Reading ${name}`, total, output);
        progress.update(done);
      },
    });
  } catch (error) {
    await snapshots?.close();
    await log.close();
    throw withPath(error, paths.log);
  } finally {
    progress?.end();
  }
}

/** Throws where there can be no such database, whatever is in the folder: BAD_DATABASE_NAME, and what a schema can have. */
export function checkDatabaseFile(
  options: Pick<DatabaseFileOptions, 'folder' | 'name' | 'schema' | 'schemaVersion' | 'limits'>,
): DatabasePaths {
  const { folder, name, schema, schemaVersion, limits = defaultLimits } = options;
  const paths = databasePaths(folder, name);
  createRowValidator(schema, createSchema(schema, { version: schemaVersion, limits }), limits);
  return paths;
}

/** DATA_LOSS NO_SNAPSHOT where the file is not there: one that is made in its place has nothing of what is needed. */
function checkSnapshotsThere({ log, snapshots }: DatabasePaths, trimmed: number): void {
  // What is left of it otherwise is told by whoever opens it.
  if (sizeOf(snapshots) > 0 || existsSync(walPath(snapshots))) return;
  if (existsSync(repairMark(snapshots))) return;
  throw new SyncError(
    Code.dataLoss,
    'NO_SNAPSHOT',
    `${log} begins behind record ${trimmed}, and ${snapshots}, which had what came before, is empty or missing: put it back if you have it; else \`syncdb restore\` brings a backup back`,
    { metadata: { path: log, snapshots, trimmed: String(trimmed) } },
  );
}

/** What is lost, with the path of the log, which whoever reads its records does not know. */
function withPath(error: unknown, path: string): unknown {
  if (!isDataLoss(error)) return error;
  if (error.metadata.path !== undefined) return error;
  return reworded(error, `${path}: ${error.message}`, { metadata: { path } });
}

async function openSnapshots(
  path: string,
  needed: boolean,
  say: (text: string) => void,
): Promise<SnapshotStore> {
  const { store, moved } = await openOrReplaceSnapshots({ path, needed });
  if (moved !== undefined) say(`${moved.error.message}; it is ${moved.to} now, and was not used`);
  return store;
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
