import { Code, SyncError } from '../base/errors.ts';

/** How long to wait before room on a full disk is looked for again, in milliseconds. */
const diskFullRetryDelayMs = 1_000;

/** ABORTED: somebody else appended, or the caller has forgotten an append of its own. */
export function headMoved(expected: number, head: number): SyncError {
  return new SyncError(
    Code.aborted,
    'LOG_HEAD_MOVED',
    `the head of the log is ${head}, not ${expected}: nothing was appended`,
    { metadata: { expected: String(expected), head: String(head) } },
  );
}

/** FAILED_PRECONDITION: what is asked for begins before the first record that is kept. */
export function logTrimmed(after: number, trimmed: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'LOG_TRIMMED',
    `the records up to ${trimmed} were trimmed, so nothing can be read behind ${after}`,
    { metadata: { after: String(after), trimmed: String(trimmed) } },
  );
}

export function logClosed(): SyncError {
  return new SyncError(Code.failedPrecondition, 'LOG_CLOSED', 'the log is closed');
}

/** UNAVAILABLE: this handle has failed before and takes nothing more; the call that gets this did nothing. */
export function logStopped(path: string, cause?: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'LOG_STOPPED',
    `${path}: the log stopped after a failure${because(cause)} and must be opened again`,
    { metadata: { path }, cause },
  );
}

export function outcomeUnknown(path: string, cause?: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'LOG_OUTCOME_UNKNOWN',
    `${path}: the append failed${because(cause)}; whether its records are there shows when the log is opened again`,
    { metadata: { path }, cause },
  );
}

/** RESOURCE_EXHAUSTED: nothing was appended, and that is certain. */
export function diskFull(path: string, cause: unknown): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'LOG_DISK_FULL',
    `${path}: there is no room on the disk: nothing was appended`,
    { metadata: { path }, retryDelayMs: diskFullRetryDelayMs, cause },
  );
}

/** DATA_LOSS that names the record, or only the file where what is damaged is no record. */
export function logCorrupt(
  path: string,
  position: number | undefined,
  problem: string,
  cause?: unknown,
): SyncError {
  const where = position === undefined ? path : `${path}: record ${position}`;
  const metadata = position === undefined ? { path } : { path, position: String(position) };
  return new SyncError(Code.dataLoss, 'LOG_CORRUPT', `${where} is damaged: ${problem}`, {
    metadata,
    cause,
  });
}

export function readFailed(path: string, position: number, cause: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'LOG_READ_FAILED',
    `${path}: record ${position} could not be read${because(cause)}`,
    { metadata: { path, position: String(position) }, cause },
  );
}

/** DATA_LOSS: what is taken for a new log has snapshots beside it, so there was another in its place. */
export function logMissing(path?: string, snapshots?: string): SyncError {
  const what =
    path === undefined
      ? 'the log is empty, and there are snapshots of one'
      : `${path} is empty or missing, and ${snapshots} has snapshots of a log that was there`;
  return new SyncError(
    Code.dataLoss,
    'LOG_MISSING',
    `${what}: put it back, restore a backup with \`syncdb restore\`, go on from a snapshot with \`syncdb repair\`, or move the snapshots away to begin a new database`,
    { metadata: path === undefined ? {} : { path, snapshots: snapshots! } },
  );
}

export function notALog(path: string, cause?: unknown): SyncError {
  return new SyncError(Code.dataLoss, 'NOT_A_LOG', `${path} is not a SyncDB log`, {
    metadata: { path },
    cause,
  });
}

export function logVersion(path: string, found: number, known: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'LOG_VERSION',
    `${path} has log format ${found}, and this SyncDB knows formats up to ${known}: run a newer one`,
    { metadata: { path, found: String(found), known: String(known) } },
  );
}

export function logLocked(path: string, cause: unknown): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'LOG_LOCKED',
    `${path} is in use by another process, or opened twice by this one`,
    { metadata: { path }, cause },
  );
}

/** FAILED_PRECONDITION: a missing folder, no permission, a read-only or failing disk. */
export function cannotOpen(path: string, cause: unknown): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'LOG_CANNOT_OPEN',
    `${path} cannot be opened${because(cause)}`,
    { metadata: { path }, cause },
  );
}

/** DATA_LOSS: of a salvage file, which nothing but a person needs. */
export function salvageCorrupt(path: string, problem: string): SyncError {
  return new SyncError(Code.dataLoss, 'SALVAGE_CORRUPT', `${path} is damaged: ${problem}`, {
    metadata: { path },
  });
}

export function salvageVersion(path: string, found: number, known: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'SALVAGE_VERSION',
    `${path} has salvage format ${found}, and this SyncDB knows formats up to ${known}: run a newer one`,
    { metadata: { path, found: String(found), known: String(known) } },
  );
}

function because(cause: unknown): string {
  return cause instanceof Error ? ` (${cause.message})` : '';
}
