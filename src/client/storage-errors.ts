import { Code, SyncError } from '../base/errors.ts';

/** DATA_LOSS that names the journal, and the record where it is one. */
export function storageDamaged(
  name: string,
  record: number | undefined,
  problem: string,
  cause?: unknown,
): SyncError {
  const where = record === undefined ? name : `${name}: record ${record}`;
  const metadata = record === undefined ? { path: name } : { path: name, position: String(record) };
  return new SyncError(
    Code.dataLoss,
    'STORAGE_DAMAGED',
    `${where} is damaged: ${problem}; salvageStorage reads the edits that can still be read`,
    { metadata, cause },
  );
}

export function otherDatabase(name: string, stored: string, asked: string): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'STORAGE_OTHER_DATABASE',
    `${name} is of the database ${stored}, not of ${asked}`,
    { metadata: { path: name, stored, asked } },
  );
}

export function otherReplica(name: string, stored: string, asked: string): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'STORAGE_OTHER_REPLICA',
    `${name} is of the replica ${stored}, not of ${asked}: leave replicaId out, or use another file`,
    { metadata: { path: name, stored, asked } },
  );
}

export function otherSchema(
  name: string,
  stored: { readonly version: number; readonly fingerprint: string },
  asked: { readonly version: number; readonly fingerprint: string },
): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'STORAGE_OTHER_SCHEMA',
    `${name} was written with schema version ${stored.version} (${stored.fingerprint}), and this is version ` +
      `${asked.version} (${asked.fingerprint}): sync with the former app first; the edits in it stay as they are`,
    {
      metadata: {
        path: name,
        stored_version: String(stored.version),
        stored_fingerprint: stored.fingerprint,
        version: String(asked.version),
        fingerprint: asked.fingerprint,
      },
    },
  );
}

/** RESOURCE_EXHAUSTED: nothing was queued. */
export function storageFull(name: string, bytes: number, cause: SyncError): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'STORAGE_FULL',
    `${name} cannot be written (${cause.message}), and ${bytes} bytes wait for it already`,
    { metadata: { path: name, waiting_bytes: String(bytes) }, retryDelayMs: 1_000, cause },
  );
}
