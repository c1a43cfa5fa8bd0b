import { Code, SyncError } from '../base/errors.ts';

/** When the log may be open again, or have room, in milliseconds. */
const retryDelayMs = 1_000;

export function outcomeUnknown(cause: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'LOG_OUTCOME_UNKNOWN',
    'the log failed, so whether the transaction was ordered is unknown: send it again with the same counter',
    { retryDelayMs, cause },
  );
}

/** For whoever runs the server. */
export function logStalled(): SyncError {
  return new SyncError(
    Code.unavailable,
    'LOG_STALLED',
    'the log does not answer: its disk may hang',
  );
}

export function recovering(cause: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'DATABASE_RECOVERING',
    'the log of the database failed or does not answer, and may be back soon: nothing was ordered, send the same again',
    { retryDelayMs, cause },
  );
}

export function databaseFailed(cause: unknown): SyncError {
  return new SyncError(
    Code.unavailable,
    'DATABASE_FAILED',
    'the log of the database failed, so it takes no writes until it is opened again: send the same then',
    { retryDelayMs, cause },
  );
}

/** The log's own error names a path, which is nobody's business out there. */
export function diskFull(cause: unknown): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'LOG_DISK_FULL',
    'there is no room on the disk of the server: nothing was ordered, send the same again later',
    { retryDelayMs, cause },
  );
}
