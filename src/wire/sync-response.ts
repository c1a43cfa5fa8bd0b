import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Delta, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Encoding, ServerMessage } from '../session/messages.ts';
import type { Compressor } from './compressor.ts';
import { serverMessageToWire } from './sync-messages.ts';

const noBytes = new Uint8Array(0);

// Tags of fields that have a length.
const deltaTag = (2 << 3) | 2;
const packedTag = (2 << 3) | 2;

/**
 * The bytes of a SyncResponse, as `SyncResponse.encode` has them. Packed rows are copied once, where that would copy them for
 * each message around them.
 */
export function encodeServerMessage(
  message: ServerMessage,
  encoding: Encoding,
  compressor: Compressor | undefined,
): Uint8Array {
  const response = serverMessageToWire(message, encoding, compressor);
  if (response.body?.$case !== 'delta' || response.body.value.packed.length === 0) {
    return SyncResponse.encode(response).finish();
  }
  const { packed, ...others } = response.body.value;
  // Behind them in the order of numbers: with packed rows there are no others.
  const rest = Delta.encode({ ...others, packed: noBytes }).finish();
  const head = new BinaryWriter().uint32(packedTag).uint32(packed.length).finish();
  const length = head.length + packed.length + rest.length;
  const start = new BinaryWriter().uint32(deltaTag).uint32(length).finish();
  const bytes = new Uint8Array(start.length + length);
  let at = 0;
  for (const part of [start, head, packed, rest]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
