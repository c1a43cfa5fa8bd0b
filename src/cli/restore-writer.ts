import { Code, SyncError } from '../base/errors.ts';
import { epochOf, type Seq } from '../base/seq.ts';
import { headOfRecord } from '../change/commit-record.ts';
import { createRecordCheck, type RecordCheck } from '../change/record-check.ts';
import { type BackupHeader, decodeBackup } from '../log/backup-format.ts';
import { createLogFile } from '../log/create-log.ts';
import { setLogEpoch } from '../log/log-epoch.ts';
import { logFormat } from '../log/log-file.ts';
import { removeMade, settleMade } from '../log/made-file.ts';
import { snapshotFormat } from '../log/snapshot-file.ts';
import { noReserve } from '../log/snapshot-room.ts';
import { openSqliteSnapshotStore, type SqliteSnapshotStore } from '../log/sqlite-snapshot-store.ts';
import { openSqliteStore, type SqliteStore } from '../log/sqlite-store.ts';
import { SnapshotSpanReader } from '../replica/snapshot-span.ts';
import type { DatabasePaths } from './database-paths.ts';

/** What a backup has. */
export interface Restored {
  /** The newest commit. */
  readonly seq: Seq;
  /** Of that commit. */
  readonly epoch: number;
  /** Behind the snapshot. */
  readonly records: number;
}

/** Where the files of a database stand until they count. */
export function restoringPaths({ log, snapshots }: DatabasePaths): DatabasePaths {
  return { log: `${log}.restoring`, snapshots: `${snapshots}.restoring` };
}

/** Removes what is left of a restore. LOG_LOCKED or SNAPSHOTS_LOCKED where another one is under way. */
export function removeRestoring({ log, snapshots }: DatabasePaths): void {
  removeMade(log, logFormat.errors);
  removeMade(snapshots, snapshotFormat.errors);
}

/**
 * Makes the files of a database of a backup, which goes on in the epoch that `chooseEpoch` says. DATA_LOSS BACKUP_CORRUPT
 * where it does not fit together, and what `chooseEpoch` throws: then there are no files.
 */
export async function restoreFiles(
  pieces: AsyncIterable<Uint8Array>,
  paths: DatabasePaths,
  chooseEpoch: (restored: Restored) => number,
): Promise<Restored> {
  removeRestoring(paths);
  let writer: RestoreWriter | undefined;
  try {
    writer = new RestoreWriter(paths);
    for await (const frame of decodeBackup(pieces)) {
      if (frame.kind === 'header') writer.begin(frame.header);
      else if (frame.kind === 'block') writer.block(frame.bytes);
      else writer.record(frame.bytes);
    }
    const restored = writer.end();
    setLogEpoch(paths.log, chooseEpoch(restored));
    settleMade(paths.snapshots, snapshotFormat.errors);
    settleMade(paths.log, logFormat.errors);
    return restored;
  } catch (error) {
    writer?.close();
    removeRestoring(paths);
    throw error;
  }
}

const groupRecordsMax = 1_000;
const groupBytesMax = 1 << 20;

class RestoreWriter {
  private readonly paths: DatabasePaths;
  private readonly snapshots: SqliteSnapshotStore;
  private readonly span = new SnapshotSpanReader();
  private header: BackupHeader | undefined;
  private snapshot: number | undefined;
  private log: SqliteStore | undefined;
  private check: RecordCheck | undefined;
  private group: Uint8Array[] = [];
  private groupBytes = 0;
  private records = 0;
  private seq: Seq = 0;
  private isClosed = false;

  constructor(paths: DatabasePaths) {
    this.paths = paths;
    this.snapshots = openSqliteSnapshotStore(paths.snapshots, undefined, noReserve);
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

  end(): Restored {
    this.append();
    const { seq: begun, wholeAtSeq } = this.span.finish();
    const seq = Math.max(begun, this.seq);
    if (seq < wholeAtSeq) throw doesNotFit(`it ends at commit ${seq}, before ${wholeAtSeq}`);
    this.snapshots.complete(this.snapshot!, this.header!.createdMs);
    this.close();
    return { seq, epoch: epochOf(seq), records: this.records };
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
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

function doesNotFit(problem: string): SyncError {
  return new SyncError(
    Code.dataLoss,
    'BACKUP_CORRUPT',
    `the backup does not fit together: ${problem}`,
  );
}
