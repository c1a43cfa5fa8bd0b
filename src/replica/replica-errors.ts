import { Code, SyncError } from '../base/errors.ts';

/** FAILED_PRECONDITION COUNTER_GAP: transactions before this one are missing. */
export function counterGap(replica: string, counter: number, expected: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'COUNTER_GAP',
    `transaction ${counter} of ${replica} cannot be taken before ${expected}`,
    {
      fields: [{ field: 'counter', description: `the next one is ${expected}` }],
      metadata: { replica_id: replica, expected_counter: String(expected) },
    },
  );
}

/** FAILED_PRECONDITION REPLICA_FORKED: two devices, or a device and its restored backup, share one identity. */
export function replicaForked(replica: string, counter: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'REPLICA_FORKED',
    `transaction ${counter} of ${replica} does not follow the ones that are known: two devices share this identity`,
    { metadata: { replica_id: replica, counter: String(counter) } },
  );
}

/** FAILED_PRECONDITION COUNTER_FORGOTTEN: settled, but nobody knows any more whether it was this transaction. */
export function counterForgotten(replica: string, counter: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'COUNTER_FORGOTTEN',
    `transaction ${counter} of ${replica} was settled so long ago that it cannot be told whether it was this one`,
    { metadata: { replica_id: replica, counter: String(counter) } },
  );
}

/** FAILED_PRECONDITION HELD_DIFFERS: a relay holds another transaction under this counter; the home decides. */
export function heldDiffers(replica: string, counter: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'HELD_DIFFERS',
    `transaction ${counter} of ${replica} is not the one that is held here: two devices share this identity, and the home will say which of them keeps it`,
    { metadata: { replica_id: replica, counter: String(counter) } },
  );
}

/** FAILED_PRECONDITION BASE_AHEAD: the writer has seen commits that are not in this log. */
export function baseAhead(replica: string, counter: number, base: number, head: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'BASE_AHEAD',
    `transaction ${counter} of ${replica} was made at commit ${base}, but the newest one here is ${head}`,
    {
      fields: [{ field: 'base_version', description: 'is ahead of the log' }],
      metadata: { base_seq: String(base), head_seq: String(head) },
    },
  );
}
