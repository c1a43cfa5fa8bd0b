import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import type { Handshake } from '../session/messages.ts';
import { required } from './checks.ts';
import { deviceFromWire, deviceToWire } from './device.ts';

export function handshakeToWire(handshake: Handshake): pb.Handshake {
  return {
    protocolMin: handshake.protocolMin,
    protocolMax: handshake.protocolMax,
    database: handshake.database,
    schema: schemaRefToWire(handshake),
    replicaId: handshake.replica,
    formerReplicaIds: [...handshake.former],
    device: handshake.device && deviceToWire(handshake.device),
  };
}

/** INVALID_ARGUMENT MISSING_FIELD where there is none, or one that names no schema. */
export function handshakeFromWire(message: pb.Handshake | undefined, path: string): Handshake {
  const handshake = required(message, path);
  return {
    protocolMin: handshake.protocolMin,
    protocolMax: handshake.protocolMax,
    database: handshake.database,
    ...schemaRefFromWire(handshake.schema, `${path}.schema`),
    replica: handshake.replicaId,
    former: handshake.formerReplicaIds,
    ...(handshake.device && { device: deviceFromWire(handshake.device) }),
  };
}

/** Which schema someone speaks of. */
interface SchemaIdentity {
  readonly schemaVersion: number;
  readonly schemaFingerprint: string;
}

export function schemaRefToWire(schema: SchemaIdentity): pb.SchemaRef {
  return { version: schema.schemaVersion, fingerprint: schema.schemaFingerprint };
}

/** INVALID_ARGUMENT MISSING_FIELD where there is none. */
export function schemaRefFromWire(message: pb.SchemaRef | undefined, path: string): SchemaIdentity {
  const { version, fingerprint } = required(message, path);
  return { schemaVersion: version, schemaFingerprint: fingerprint };
}
