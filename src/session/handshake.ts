import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { checkReplicaId } from '../merge/prepared.ts';
import { patternsMatch } from '../schema/scope-pattern.ts';
import type { Schema } from '../schema/table-def.ts';
import { checkDevice } from './device.ts';
import { type Handshake, protocolMax, protocolMin } from './messages.ts';
import type { Identity } from './source.ts';

/** Protocol versions that a server speaks. */
export interface ProtocolRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Checks protocol, schema and replica of a hello, pull or push, and returns the protocol version that both will
 * speak. FAILED_PRECONDITION PROTOCOL_MISMATCH or SCHEMA_MISMATCH tell which versions there are and what to do.
 */
export function checkHandshake(
  handshake: Handshake,
  schema: Schema,
  limits: Pick<Limits, 'formerIdsMax' | 'deviceTextBytesMax'>,
  ours: ProtocolRange = { min: protocolMin, max: protocolMax },
): number {
  if (handshake.protocolMin < 1 || handshake.protocolMax < handshake.protocolMin) {
    throw invalidField(
      'handshake.protocol_min',
      'BAD_PROTOCOL_RANGE',
      'must be 1 or more, and not above protocol_max',
    );
  }
  if (handshake.protocolMax < ours.min || handshake.protocolMin > ours.max) {
    throw protocolMismatch(handshake, ours);
  }
  if (
    handshake.schemaVersion !== schema.version ||
    handshake.schemaFingerprint !== schema.fingerprint
  ) {
    throw schemaMismatch(handshake, schema);
  }
  checkReplicaId(handshake.replica, 'handshake.replica_id');
  checkFormer(handshake.former, limits.formerIdsMax);
  if (handshake.device !== undefined) checkDevice(handshake.device, 'handshake.device', limits);
  return Math.min(ours.max, handshake.protocolMax);
}

function checkFormer(ids: readonly string[], idsMax: number): void {
  const field = 'handshake.former_replica_ids';
  if (ids.length > idsMax) {
    throw invalidField(field, 'TOO_MANY_ITEMS', `has ${ids.length} entries, ${idsMax} at most`);
  }
  for (const [index, id] of ids.entries()) checkReplicaId(id, `${field}[${index}]`);
}

function protocolMismatch(handshake: Handshake, ours: ProtocolRange): SyncError {
  const range = `${ours.min} to ${ours.max}`;
  const older = handshake.protocolMax < ours.min;
  return new SyncError(
    Code.failedPrecondition,
    'PROTOCOL_MISMATCH',
    `this server speaks protocol ${range}, the client ${handshake.protocolMin} to ${handshake.protocolMax}: update the ${older ? 'client' : 'server'}`,
    {
      fields: [{ field: 'handshake.protocol_max', description: `the server speaks ${range}` }],
      metadata: { protocol_min: String(ours.min), protocol_max: String(ours.max) },
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

export function maySpeakAs({ replicas }: Identity, replica: string): boolean {
  return replicas === undefined || patternsMatch(replicas, replica);
}

/**
 * PERMISSION_DENIED REPLICA_DENIED where the identity may not speak as this replica: who does so reads its outcomes and
 * conflicts, and writes in its name.
 */
export function checkReplicaGrant(identity: Identity, replica: string): void {
  if (maySpeakAs(identity, replica)) return;
  const field = 'handshake.replica_id';
  const description = 'this identity may not speak as this replica';
  throw new SyncError(Code.permissionDenied, 'REPLICA_DENIED', `${field}: ${description}`, {
    fields: [{ field, description }],
  });
}
