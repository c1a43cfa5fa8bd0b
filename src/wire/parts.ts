import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import type { Handshake, PartResult, TransactionPart } from '../session/messages.ts';
import { copyOf } from './byte-views.ts';
import { required, safeNumber } from './checks.ts';
import { handshakeFromWire } from './handshake.ts';

export function partToWire(part: TransactionPart): pb.TransactionPart {
  return {
    replicaId: part.replica,
    counter: BigInt(part.counter),
    digest: part.digest,
    totalBytes: BigInt(part.totalBytes),
    offset: BigInt(part.offset),
    bytes: part.bytes,
  };
}

/** INVALID_ARGUMENT NUMBER_TOO_LARGE names the field under `path`. All bytes are copied. */
export function partFromWire(message: pb.TransactionPart, path: string): TransactionPart {
  return {
    type: 'part',
    replica: message.replicaId,
    counter: safeNumber(message.counter, `${path}.counter`),
    digest: copyOf(message.digest),
    totalBytes: safeNumber(message.totalBytes, `${path}.total_bytes`),
    offset: safeNumber(message.offset, `${path}.offset`),
    bytes: copyOf(message.bytes),
  };
}

export function partResultToWire(result: PartResult): pb.PartResult {
  return {
    replicaId: result.replica,
    counter: BigInt(result.counter),
    receivedBytes: BigInt(result.receivedBytes),
  };
}

/** INVALID_ARGUMENT NUMBER_TOO_LARGE names the field under `path`. */
export function partResultFromWire(message: pb.PartResult, path: string): PartResult {
  return {
    type: 'part-result',
    replica: message.replicaId,
    counter: safeNumber(message.counter, `${path}.counter`),
    receivedBytes: safeNumber(message.receivedBytes, `${path}.received_bytes`),
  };
}

/** What a PushPart brings. INVALID_ARGUMENT names the field. */
export function pushPartFromWire(request: pb.PushPartRequest): {
  handshake: Handshake;
  part: TransactionPart;
  refuseUnfit: boolean;
} {
  return {
    handshake: handshakeFromWire(request.handshake, 'handshake'),
    refuseUnfit: request.refuseUnfit,
    part: partFromWire(required(request.part, 'part'), 'part'),
  };
}
