import { Code, type FieldViolation, SyncError } from '../base/errors.ts';

/** What is told of a version of a schema. */
interface SchemaName {
  readonly version: number;
  readonly fingerprint: string;
}

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

/** FAILED_PRECONDITION ID_FORGOTTEN: a replica has had so many ids since that it cannot speak as this one any more. */
export function idForgotten(replica: string, idsMax: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'ID_FORGOTTEN',
    `what was written as ${replica} and lost cannot be ordered any more: a replica speaks as ${idsMax} of its former ids`,
    { metadata: { replica_id: replica } },
  );
}

/** FAILED_PRECONDITION REPLICA_FORKED: two devices, or a device and its restored backup, share one identity. */
export function replicaForked(replica: string, counter: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'REPLICA_FORKED',
    `transaction ${counter} of ${replica} does not follow the ones that are known: two devices share this identity`,
    {
      fields: [{ field: 'replica_id', description: 'is used by two devices' }],
      metadata: { replica_id: replica, counter: String(counter) },
    },
  );
}

/** ALREADY_EXISTS REQUEST_ID_REUSED: the id is that of another request. */
export function requestIdReused(id: string): SyncError {
  const field = 'request_id';
  const description = 'was given to a request with other changes before';
  return new SyncError(Code.alreadyExists, 'REQUEST_ID_REUSED', `${field}: ${description}`, {
    fields: [{ field, description }],
    metadata: { request_id: id },
  });
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

/** FAILED_PRECONDITION WRITE_UNKNOWN: a relay does not know the rows, or not that the writer may write them. */
export function writeUnknown(replica: string, counter: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'WRITE_UNKNOWN',
    `whether transaction ${counter} of ${replica} may be written cannot be told here: the home can`,
    { metadata: { replica_id: replica, counter: String(counter) } },
  );
}

/** FAILED_PRECONDITION BASE_AHEAD: the writer has seen commits that are not in this log. `index` is the change's. */
export function baseAhead(
  { replica, counter }: { readonly replica: string; readonly counter: number },
  index: number,
  base: number,
  head: number,
): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'BASE_AHEAD',
    `transaction ${counter} of ${replica} was made at commit ${base}, but the newest one here is ${head}`,
    {
      fields: [{ field: `changes[${index}].base_version`, description: 'is ahead of the log' }],
      metadata: { base_seq: String(base), head_seq: String(head) },
    },
  );
}

/** Changes of a schema that one error lists. */
const changesListedMax = 20;

/** FAILED_PRECONDITION SCHEMA_CHANGED: the log has rows that this schema would read otherwise. `fields` has them. */
export function schemaChanged(
  published: SchemaName,
  given: SchemaName,
  changes: readonly FieldViolation[],
): SyncError {
  const { field, description } = changes[0]!;
  const more = changes.length === 1 ? '' : ` (and ${changes.length - 1} more)`;
  return new SyncError(
    Code.failedPrecondition,
    'SCHEMA_CHANGED',
    `schema version ${given.version} does not fit the rows of the log: ${field}: ${description}${more}; keep what version ${published.version} has, and give what changes a new name or number`,
    {
      fields: changes.slice(0, changesListedMax),
      metadata: { ...schemaMetadata(published, given), changes: String(changes.length) },
    },
  );
}

/** FAILED_PRECONDITION SCHEMA_OLDER: the log was written by a newer version of the schema. */
export function schemaOlder(published: SchemaName, given: SchemaName): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'SCHEMA_OLDER',
    `the log has schema version ${published.version}, which is newer than version ${given.version}: open it with version ${published.version} or a later one`,
    { metadata: schemaMetadata(published, given) },
  );
}

/** FAILED_PRECONDITION SCHEMA_UNKNOWN: nothing tells how the rows of the log are to be read. */
export function schemaUnknown(): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'SCHEMA_UNKNOWN',
    'the log does not begin with the schema in which it was written, as logs do since they keep it: begin a new one',
  );
}

/** DATA_LOSS LOG_END_LOST: commits that were acknowledged are not in the log any more. */
export function logEndLost(head: number, wanted: number): SyncError {
  return new SyncError(
    Code.dataLoss,
    'LOG_END_LOST',
    `the log ends at record ${head}, but a snapshot knows of record ${wanted}: what was committed between them is lost`,
    { metadata: { head: String(head), wanted: String(wanted) } },
  );
}

/** DATA_LOSS NO_SNAPSHOT: the log has no beginning, and nothing that was kept in its place can be read. */
export function noSnapshot(trimmed: number, cause: unknown): SyncError {
  return new SyncError(
    Code.dataLoss,
    'NO_SNAPSHOT',
    `the log begins behind record ${trimmed}, and no snapshot tells what came before`,
    { metadata: { trimmed: String(trimmed) }, cause },
  );
}

function schemaMetadata(published: SchemaName, given: SchemaName): Record<string, string> {
  return {
    log_version: String(published.version),
    log_fingerprint: published.fingerprint,
    schema_version: String(given.version),
    schema_fingerprint: given.fingerprint,
  };
}

/** RESOURCE_EXHAUSTED EPOCHS_EXHAUSTED: seqs have no room for another epoch. */
export function epochsExhausted(epochMax: number): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'EPOCHS_EXHAUSTED',
    `this log has begun ${epochMax} epochs, and there are no more: copy the database into a new one`,
  );
}

/** DATA_LOSS JOURNAL_MISFIT: a record of a replica's journal that cannot stand where it does. */
export function journalMisfit(what: string): SyncError {
  return new SyncError(Code.dataLoss, 'JOURNAL_MISFIT', `${what} does not follow what came before`);
}

/** When there may be room, in milliseconds: somebody has to delete rows first. */
const roomDelayMs = 30_000;

/** RESOURCE_EXHAUSTED MEMORY_FULL: rows, history and caches take all that they may. */
export function memoryFull(usedBytes: number, bytesMax: number): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'MEMORY_FULL',
    `the database takes ${usedBytes} bytes of memory, and ${bytesMax} is what it may: nothing was ordered; delete rows or give it more, and send the same again later`,
    {
      metadata: { used_bytes: String(usedBytes), bytes_max: String(bytesMax) },
      retryDelayMs: roomDelayMs,
    },
  );
}

/** RESOURCE_EXHAUSTED MEMORY_FULL: the heap of the process has room for what is under way, and no more. */
export function memoryFullOfHeap(usedBytes: number, bytesMax: number): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'MEMORY_FULL',
    `the server's JavaScript heap has ${Math.floor(usedBytes)} bytes in use, and ${Math.floor(bytesMax)} is what it may: nothing was ordered; give it more (NODE_OPTIONS=--max-old-space-size), since deleting rows frees little of it, and send the same again later`,
    {
      metadata: {
        used_bytes: String(Math.floor(usedBytes)),
        bytes_max: String(Math.floor(bytesMax)),
      },
      retryDelayMs: roomDelayMs,
    },
  );
}

/** RESOURCE_EXHAUSTED CHUNK_FULL: the column's strings or bytes have no room among the rows that stand together. */
export function chunkFull(table: string, column: string): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'CHUNK_FULL',
    `${column} of ${table} has no room for more in these rows: nothing was ordered; clear it in some, or delete rows, and send the same again later`,
    { metadata: { table, column }, retryDelayMs: roomDelayMs },
  );
}
