import type { BackupResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { reworded } from '../base/error-fields.ts';
import type { SyncError } from '../base/errors.ts';
import { positionOf, type Seq, seqOf } from '../base/seq.ts';
import { headOfRecord } from '../change/commit-record.ts';
import { answered, messagesOf } from '../client/answered.ts';
import { decodeBackup } from '../log/backup-format.ts';
import { grouped } from './progress.ts';
import { withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { listTables } from './remote/team-types.ts';
import { checkReplaceable, writeWhole } from './whole-file.ts';

/** The options of `syncdb backup`. */
export interface BackupOptions extends Omit<RemoteOptions, 'schema'> {
  /** The file. */
  readonly to: string;
  /** Under which name it is marked as safe. */
  readonly name: string;
  readonly mark: boolean;
}

/** What a backup has. */
export interface BackupSummary {
  readonly bytes: number;
  readonly blocks: number;
  readonly records: number;
  /** The newest commit. */
  readonly seq: Seq;
}

/**
 * `syncdb backup`: fetches a backup of a database that goes on, and says to all that it is safe. Where that cannot be said it
 * fails with the error of that, and the backup is whole.
 */
export async function backup(options: BackupOptions): Promise<void> {
  const { database, to, name, mark } = options;
  await checkReplaceable(to);
  await withRemote(options, async (remote) => {
    const { admin, metadata, deadline } = remote;
    // Who may have no backup, and a server that is not there, are found out before a file is made.
    await listTables(remote);
    const pieces = dataOf(messagesOf(() => admin.backup({ database }, metadata)));
    const { bytes, blocks, records, seq } = await writeBackup(pieces, to);
    console.log(
      `${database} up to record ${positionOf(seq)}: ${blocks} blocks and ${grouped(records)} records, ${grouped(bytes)} bytes in ${to}`,
    );
    if (!mark) return;
    const safe = { database, name, seq: BigInt(seq) };
    await answered((done) => admin.markSafe(safe, metadata, deadline(), done)).catch(
      (error: SyncError) => {
        throw notMarked(to, error);
      },
    );
    console.log(`marked as safe up to there, as ${name}`);
  });
}

/**
 * Writes a backup to a file, and reads it as it goes by: the file has its name only once all of it is whole and on stable
 * storage. DATA_LOSS BACKUP_CORRUPT where it is not.
 */
export async function writeBackup(
  pieces: AsyncIterable<Uint8Array>,
  to: string,
): Promise<BackupSummary> {
  return writeWhole(to, async (put) => {
    let bytes = 0;
    const passed = async function* () {
      for await (const piece of pieces) {
        await put(piece);
        bytes += piece.length;
        yield piece;
      }
    };
    return { ...(await summaryOf(passed())), bytes };
  });
}

async function summaryOf(pieces: AsyncIterable<Uint8Array>): Promise<Omit<BackupSummary, 'bytes'>> {
  const counts = { block: 0, record: 0 };
  let seq = 0;
  for await (const frame of decodeBackup(pieces)) {
    if (frame.kind === 'header') seq = seqOf(frame.header.epoch, frame.header.position);
    else counts[frame.kind]++;
    if (frame.kind === 'record') ({ seq } = headOfRecord(frame.bytes));
  }
  return { blocks: counts.block, records: counts.record, seq };
}

async function* dataOf(pieces: AsyncIterable<BackupResponse>): AsyncGenerator<Uint8Array> {
  for await (const { data } of pieces) yield data;
}

function notMarked(to: string, error: SyncError): SyncError {
  const { message } = error;
  return reworded(
    error,
    `the backup in ${to} is whole; it could not be marked as safe: ${message}`,
  );
}
