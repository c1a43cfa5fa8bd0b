import { createReadStream, existsSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Code, SyncError } from '../base/errors.ts';
import { epochOf, type Seq } from '../base/seq.ts';
import { headOfRecord } from '../change/commit-record.ts';
import { createRecordCheck, type RecordCheck } from '../change/record-check.ts';
import { type BackupHeader, decodeBackup } from '../log/backup-format.ts';
import { createLogFile } from '../log/create-log.ts';
import { setLogEpoch } from '../log/log-epoch.ts';
import { freeName, moveCompanions, renameDurably } from '../log/moved-file.ts';
import { openSqliteSnapshotStore } from '../log/sqlite-snapshot-store.ts';
import { openSqliteStore, type SqliteStore } from '../log/sqlite-store.ts';
import { SnapshotSpanReader } from '../replica/snapshot-span.ts';
import { type DatabasePaths, databasePaths } from './database-paths.ts';
import { newestEpoch } from './newest-epoch.ts';
import { grouped } from './progress.ts';

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

/** `syncdb restore`: makes a database of a backup, which goes on in a new epoch. */
export async function restore(options: RestoreOptions): Promise<void> {
  const { from, data, database, replace, epoch } = options;
  const paths = databasePaths(data, database);
  if (existsSync(paths.log) && !replace) throw isThere(paths.log);
  await mkdir(data, { recursive: true });
  const before = epoch === undefined ? newestEpoch(paths.log) : 0;
  const restored = await restoreFiles(createReadStream(from), paths);
  const next = epoch ?? Math.max(before, restored.epoch) + 1;
  setLogEpoch(restored.paths.log, next);
  for (const moved of exchange(restored.paths, paths))
    console.log(`${moved.from} is ${moved.to} now`);
  console.log(
    `${database} is as of commit ${restored.seq}, ${grouped(restored.records)} records behind the snapshot, and goes on in epoch ${next}`,
  );
  console.log('replicas that know later commits push their own again when they connect');
}

interface Restored {
  /** Where the new files stand until they count. */
  readonly paths: DatabasePaths;
  readonly seq: Seq;
  readonly epoch: number;
  readonly records: number;
}

/** Writes the files beside those that they will take the place of. DATA_LOSS BACKUP_CORRUPT where they do not fit. */
export async function restoreFiles(
  pieces: AsyncIterable<Uint8Array>,
  { log, snapshots }: DatabasePaths,
): Promise<Restored> {
  const paths = { log: `${log}.restoring`, snapshots: `${snapshots}.restoring` };
  for (const path of Object.values(paths)) remove(path);
  const writer = new RestoreWriter(paths);
  try {
    for await (const frame of decodeBackup(pieces)) {
      if (frame.kind === 'header') writer.begin(frame.header);
      else if (frame.kind === 'block') writer.block(frame.bytes);
      else writer.record(frame.bytes);
    }
    return { ...writer.end(), paths };
  } catch (error) {
    writer.close();
    for (const path of Object.values(paths)) remove(path);
    throw error;
  }
}

const groupRecordsMax = 1_000;
const groupBytesMax = 1 << 20;

class RestoreWriter {
  private readonly paths: DatabasePaths;
  private readonly snapshots: ReturnType<typeof openSqliteSnapshotStore>;
  private readonly span = new SnapshotSpanReader();
  private header: BackupHeader | undefined;
  private snapshot: number | undefined;
  private log: SqliteStore | undefined;
  private check: RecordCheck | undefined;
  private group: Uint8Array[] = [];
  private groupBytes = 0;
  private records = 0;
  private seq: Seq = 0;

  constructor(paths: DatabasePaths) {
    this.paths = paths;
    this.snapshots = openSqliteSnapshotStore(paths.snapshots);
  }

  begin(header: BackupHeader): void {
    const { logId: id, position: trimmed } = header;
    this.header = header;
    createLogFile(this.paths.log, { id, trimmed, epoch: 0 });
    this.log = openSqliteStore(this.paths.log);
    this.snapshot = this.snapshots.begin(trimmed);
  }

  block(bytes: Uint8Array): void {
    this.span.add(bytes);
    this.snapshots.add(this.snapshot!, bytes);
  }

  record(bytes: Uint8Array): void {
    this.check ??= createRecordCheck(this.span.finish());
    const position = this.log!.head + this.group.length + 1;
    const problem = this.check(position, bytes);
    if (problem !== undefined) throw doesNotFit(`record ${position}: ${problem}`);
    this.group.push(bytes);
    this.groupBytes += bytes.length;
    this.records++;
    this.seq = headOfRecord(bytes).seq;
    if (this.group.length >= groupRecordsMax || this.groupBytes >= groupBytesMax) this.append();
  }

  end(): Omit<Restored, 'paths'> {
    this.append();
    const { seq: begun, wholeAtSeq } = this.span.finish();
    const seq = Math.max(begun, this.seq);
    if (seq < wholeAtSeq) throw doesNotFit(`it ends at commit ${seq}, before ${wholeAtSeq}`);
    this.snapshots.complete(this.snapshot!, this.header!.createdMs);
    this.close();
    return { seq, epoch: epochOf(seq), records: this.records };
  }

  close(): void {
    this.snapshots.close();
    this.log?.close();
  }

  private append(): void {
    const log = this.log!;
    log.append(log.head, this.group);
    this.group = [];
    this.groupBytes = 0;
  }
}

/** Puts the new files in the place of those that are there, the log last: it is what makes a database. */
function exchange(
  made: DatabasePaths,
  paths: DatabasePaths,
): { readonly from: string; readonly to: string }[] {
  const moved: { from: string; to: string }[] = [];
  for (const path of [paths.log, paths.snapshots]) {
    if (!existsSync(path)) continue;
    const to = freeName(path, 'replaced');
    moveCompanions(path, to);
    renameDurably(path, to);
    moved.push({ from: path, to });
  }
  renameDurably(made.snapshots, paths.snapshots);
  renameDurably(made.log, paths.log);
  return moved;
}

function remove(path: string): void {
  for (const end of ['', '-wal', '-journal']) rmSync(path + end, { force: true });
}

function isThere(path: string): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'DATABASE_EXISTS',
    `${path} is there already: pass --replace to put it aside`,
    { metadata: { path } },
  );
}

function doesNotFit(problem: string): SyncError {
  return new SyncError(
    Code.dataLoss,
    'BACKUP_CORRUPT',
    `the backup does not fit together: ${problem}`,
  );
}
