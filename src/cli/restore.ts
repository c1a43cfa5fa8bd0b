import { createReadStream, existsSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { Code, isDataLoss, SyncError } from '../base/errors.ts';
import { positionOf } from '../base/seq.ts';
import {
  beginExchange,
  cancelExchange,
  type Exchange,
  finishExchange,
} from '../log/exchanged-file.ts';
import { sizeOf } from '../log/file-size.ts';
import { holdFile, type InspectedFile } from '../log/inspected-file.ts';
import { logFormat } from '../log/log-file.ts';
import { freeName } from '../log/moved-file.ts';
import { checkNotLeft } from '../log/sqlite-file.ts';
import { type DatabasePaths, databasePaths, isLeft } from './database-paths.ts';
import { checkEpoch } from './epoch-choice.ts';
import { ofFile } from './failure.ts';
import { newestEpoch, snapshotsEpoch } from './known-epochs.ts';
import { grouped } from './progress.ts';
import { type Restored, removeRestoring, restoreFiles, restoringPaths } from './restore-writer.ts';

/** The options of `syncdb restore`. */
export interface RestoreOptions {
  /** The file of the backup. */
  readonly from: string;
  readonly data: string;
  readonly database: string;
  /** Lets a database that is there already be put aside. */
  readonly replace: boolean;
  /** The epoch to go on in; above all that there ever were. Found out where it is left out. */
  readonly epoch?: number;
}

const say = (text: string) => console.log(text);

/**
 * `syncdb restore`: makes a database of a backup, which goes on in a new epoch. A database that is there is held until the new
 * files take its place: nobody writes what would then be gone.
 *
 * FAILED_PRECONDITION DATABASE_EXISTS, LOG_LOCKED, SNAPSHOTS_LOCKED and EPOCH_UNKNOWN, INVALID_ARGUMENT BAD_EPOCH, DATA_LOSS
 * BACKUP_CORRUPT: what is there is as it was then.
 */
export async function restore(options: RestoreOptions): Promise<void> {
  const { from, data, database, replace } = options;
  const paths = databasePaths(data, database);
  const files = [paths.log, paths.snapshots];
  if (files.some(isLeft) && !replace) throw databaseExists(files.find(isLeft)!);
  // A name that is mistyped makes no folder.
  await access(from, constants.R_OK);
  await mkdir(data, { recursive: true });
  // What another one has begun is as good as done.
  for (const path of files) finishExchange(path, say);
  const held = hold(paths.log);
  try {
    const made = restoringPaths(paths);
    let epoch = 0;
    const restored = await restoreFiles(piecesOf(from), made, (found) => {
      epoch = chooseEpoch(options, paths, held, found);
      return epoch;
    });
    mark(paths, made, held !== 'absent', restoredText(options, held, restored, epoch));
  } finally {
    if (typeof held === 'object') held.close();
  }
  finishExchange(paths.log, say);
}

/** Opens the file only when the first is asked for: by then it is known that no other restore is under way. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw ofFile(path, error);
  }
}

/** A log that nobody else can write; or one that nobody can open at all, be it that only its write-ahead log is left; or none. */
type HeldLog = InspectedFile | 'unreadable' | 'absent';

function hold(path: string): HeldLog {
  try {
    checkNotLeft(path, logFormat.errors);
    if (!existsSync(path)) return 'absent';
    return holdFile(path, logFormat.errors);
  } catch (error) {
    if (isDataLoss(error)) return 'unreadable';
    throw error;
  }
}

function chooseEpoch(
  { epoch }: RestoreOptions,
  { log, snapshots }: DatabasePaths,
  held: HeldLog,
  restored: Restored,
): number {
  const ofLog = held === 'absent' ? snapshotsEpoch(snapshots) : knownEpoch(held, log);
  if (ofLog !== undefined) {
    const newest = Math.max(ofLog, restored.epoch);
    checkEpoch(epoch ?? newest + 1, newest);
    return epoch ?? newest + 1;
  }
  const newest = Math.max(snapshotsEpoch(snapshots), restored.epoch);
  if (epoch === undefined) throw epochUnknown(log, newest);
  checkEpoch(epoch, newest);
  return epoch;
}

/** Undefined where the log cannot tell. */
function knownEpoch(held: HeldLog, path: string): number | undefined {
  if (typeof held !== 'object') return undefined;
  try {
    return newestEpoch(held.db, path);
  } catch (error) {
    if (isDataLoss(error)) return undefined;
    throw error;
  }
}

/** From here on the new files count. `wasThere` is whether there was a log to hold. */
function mark(paths: DatabasePaths, made: DatabasePaths, wasThere: boolean, said: string): void {
  const exchangeOf = (name: keyof DatabasePaths): Exchange => {
    const path = paths[name];
    return { path, made: made[name], keptAs: freeName(path, 'replaced') };
  };
  const exchanges = [exchangeOf('snapshots'), exchangeOf('log')];
  const lines = exchanges.flatMap(movedLines);
  try {
    beginExchange(paths.log, exchanges, [...lines, said].join('\n'));
  } catch (error) {
    removeRestoring(made);
    throw error;
  }
  // Somebody may have begun a database meanwhile; after the mark nobody can.
  if (wasThere || !existsSync(paths.log)) return;
  cancelExchange(paths.log);
  removeRestoring(made);
  throw databaseExists(paths.log);
}

/** A write-ahead log has commits that its file lacks, or that are all there is. */
function movedLines({ path, keptAs }: Exchange): string[] {
  const ends = ['', '-wal'].filter(
    (end) => sizeOf(path + end) > 0 || (end === '' && existsSync(path)),
  );
  return ends.map((end) => `${path}${end} is ${keptAs}${end} now`);
}

function restoredText(
  { database, epoch: asked }: RestoreOptions,
  held: HeldLog,
  { seq, records }: Restored,
  epoch: number,
): string {
  const lines = [
    `${database} is as of record ${positionOf(seq)}, ${grouped(records)} of them behind the snapshot, and goes on in epoch ${epoch}`,
    'replicas that know later commits push their own again when they connect',
  ];
  if (held === 'absent' && asked === undefined) {
    lines.push(
      'no log was here to tell which epochs this database has begun since the backup: if there were any, restore with --epoch above them all (of a replica that is refused with CURSOR_AHEAD, that is above its cursor_seq divided by 2^40)',
    );
  }
  return lines.join('\n');
}

function databaseExists(path: string): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'DATABASE_EXISTS',
    `${path} is there already: pass --replace to put it aside`,
    { metadata: { path } },
  );
}

function epochUnknown(path: string, newest: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'EPOCH_UNKNOWN',
    `${path} is too damaged to tell which epochs this database has begun: pass --epoch with a number above them all; the backup and the snapshots know of epochs up to ${newest}, so --epoch ${newest + 2} where there was no other restore`,
    { metadata: { path, newest: String(newest) } },
  );
}
