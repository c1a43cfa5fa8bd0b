import { bytesEqual } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Log } from '../log/log.ts';

/** What is known of a log whose handle failed. */
export interface LostLog {
  readonly id: Uint8Array;
  /** Position of the last record that is surely there. */
  readonly head: number;
  /** What was being appended behind it. */
  readonly records: readonly Uint8Array[];
}

export interface ReopenedLog {
  readonly log: Log;
  /** How many of the records are there, from the first on. */
  readonly kept: number;
}

/** Reasons after which opening the log once more cannot help. */
const finalReasons: ReadonlySet<string> = new Set([
  ...['LOG_CORRUPT', 'LOG_VERSION', 'NOT_A_LOG'],
  ...['LOG_REPLACED', 'LOG_END_LOST', 'LOG_FOREIGN_RECORDS'],
]);

/**
 * Opens a log again and looks which of the records of an append with an unknown outcome it has. Raises what `reopen` and
 * reading raise; FAILED_PRECONDITION LOG_REPLACED and LOG_FOREIGN_RECORDS, and DATA_LOSS LOG_END_LOST, where it does
 * not go on from what is known of it: then it is closed.
 */
export async function reopenLog(reopen: () => Promise<Log>, lost: LostLog): Promise<ReopenedLog> {
  const log = await reopen();
  try {
    return { log, kept: await countKept(log, lost) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** So long a log may be locked before whoever has it is taken to keep it, in milliseconds: others only look into it. */
const lockedMsMax = 30_000;

export function isLocked(error: unknown): boolean {
  return error instanceof SyncError && error.reason === 'LOG_LOCKED';
}

/** Whether opening the log once more cannot help, where it has been locked for so long. */
export function isFinal(error: unknown, lockedMs: number): error is SyncError {
  if (isLocked(error)) return lockedMs >= lockedMsMax;
  return error instanceof SyncError && finalReasons.has(error.reason);
}

async function countKept(log: Log, { id, head, records }: LostLog): Promise<number> {
  if (!bytesEqual(log.id, id)) throw replaced();
  if (log.head < head) throw endLost(head, log.head);
  if (log.head > head + records.length) throw foreignRecords(head + records.length + 1);
  let kept = 0;
  for await (const slice of log.read(head)) {
    for (const record of slice.records) {
      if (!bytesEqual(record, records[kept]!)) throw foreignRecords(head + kept + 1);
      kept++;
    }
  }
  return kept;
}

function replaced(): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'LOG_REPLACED',
    'the log that was opened again is another one: somebody put it in the place of the first',
  );
}

function endLost(head: number, found: number): SyncError {
  return new SyncError(
    Code.dataLoss,
    'LOG_END_LOST',
    `the log ended at record ${head} and ends at ${found} now: commits that were acknowledged are gone`,
    { metadata: { head: String(head), found: String(found) } },
  );
}

function foreignRecords(position: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'LOG_FOREIGN_RECORDS',
    `record ${position} of the log was written by somebody else: only one process may write a log`,
    { metadata: { position: String(position) } },
  );
}
