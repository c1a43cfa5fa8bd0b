import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Delta, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import type { ServerMessage } from '../session/messages.ts';
import { noRows, type WireRows } from './delta-rows.ts';
import { serverMessageToWire } from './sync-messages.ts';

const noBytes = new Uint8Array(0);

// Tags of fields that have a length.
const deltaTag = (2 << 3) | 2;
const packedTag = (2 << 3) | 2;
const columnsTag = (9 << 3) | 2;

/**
 * The bytes of a SyncResponse; `rows` are those of a Delta. Packed rows and blocks are copied once, where `SyncResponse.encode` would
 * copy them for each message around them, and stand at the beginning of their Delta.
 */
export function encodeServerMessage(message: ServerMessage, rows: WireRows = noRows): Uint8Array {
  const isBlock = rows.columns.length > 0;
  const large = isBlock ? rows.columns : rows.packed;
  if (large.length === 0) return SyncResponse.encode(serverMessageToWire(message, rows)).finish();
  const others = { ...rows, packed: noBytes, columns: noBytes };
  const { body } = serverMessageToWire(message, others);
  if (body?.$case !== 'delta') return SyncResponse.encode({ body }).finish();
  const rest = Delta.encode(body.value).finish();
  const tag = isBlock ? columnsTag : packedTag;
  const head = new BinaryWriter().uint32(tag).uint32(large.length).finish();
  const length = head.length + large.length + rest.length;
  const start = new BinaryWriter().uint32(deltaTag).uint32(length).finish();
  const bytes = new Uint8Array(start.length + length);
  let at = 0;
  for (const part of [start, head, large, rest]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
