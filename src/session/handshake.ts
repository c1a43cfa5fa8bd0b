import { Code, invalidField, SyncError } from '../base/errors.ts';
import { checkReplicaId } from '../merge/prepared.ts';
import type { Schema } from '../schema/table-def.ts';
import { type Handshake, protocolMax, protocolMin } from './messages.ts';
import type { Identity } from './source.ts';

/**
 * Checks protocol, schema and replica of a hello, pull or push, and returns the protocol version that both will
 * speak. FAILED_PRECONDITION PROTOCOL_MISMATCH or SCHEMA_MISMATCH tell which versions there are and what to do.
 */
export function checkHandshake(handshake: Handshake, schema: Schema): number {
  if (handshake.protocolMin < 1 || handshake.protocolMax < handshake.protocolMin) {
    throw invalidField(
      'handshake.protocol_min',
      'BAD_PROTOCOL_RANGE',
      'must be 1 or more, and not above protocol_max',
    );
  }
  if (handshake.protocolMax < protocolMin || handshake.protocolMin > protocolMax) {
    throw protocolMismatch(handshake);
  }
  if (
    handshake.schemaVersion !== schema.version ||
    handshake.schemaFingerprint !== schema.fingerprint
  ) {
    throw schemaMismatch(handshake, schema);
  }
  checkReplicaId(handshake.replica, 'handshake.replica_id');
  return Math.min(protocolMax, handshake.protocolMax);
}

function protocolMismatch(handshake: Handshake): SyncError {
  const ours = `${protocolMin} to ${protocolMax}`;
  const older = handshake.protocolMax < protocolMin;
  return new SyncError(
    Code.failedPrecondition,
    'PROTOCOL_MISMATCH',
    `this server speaks protocol ${ours}, the client ${handshake.protocolMin} to ${handshake.protocolMax}: update the ${older ? 'client' : 'server'}`,
    {
      fields: [{ field: 'handshake.protocol_max', description: `the server speaks ${ours}` }],
      metadata: { protocol_min: String(protocolMin), protocol_max: String(protocolMax) },
    },
  );
}

function schemaMismatch(handshake: Handshake, schema: Schema): SyncError {
  const theirs = `version ${handshake.schemaVersion} (${handshake.schemaFingerprint || 'no fingerprint'})`;
  return new SyncError(
    Code.failedPrecondition,
    'SCHEMA_MISMATCH',
    `the server has schema version ${schema.version} (${schema.fingerprint}), the client ${theirs}: generate the client from the server's protos; unsynced edits stay where they are`,
    {
      fields: [{ field: 'handshake.schema', description: `must be that of the server` }],
      metadata: {
        server_version: String(schema.version),
        server_fingerprint: schema.fingerprint,
        client_version: String(handshake.schemaVersion),
        client_fingerprint: handshake.schemaFingerprint,
      },
    },
  );
}

/** UNAUTHENTICATED IDENTITY_EXPIRED once the identity's time is over. */
export function checkExpiry(identity: Identity, nowMs: number): void {
  if (identity.expiresAtMs === undefined || nowMs < identity.expiresAtMs) return;
  throw new SyncError(
    Code.unauthenticated,
    'IDENTITY_EXPIRED',
    'the token or certificate has expired: renew it and connect again',
  );
}
