import { ByteReader, ByteWriter } from '../base/bytes.ts';

/** Which of a storage's journals counts. */
export interface StoragePointer {
  /** 1, 2, 3 ...: the ending of its file. */
  readonly generation: number;
  /** The id of its log. */
  readonly logId: Uint8Array;
}

const logIdBytes = 16;
/** `S` `P` and the version of the format. */
const magic = [0x53, 0x50, 0x01] as const;

export function encodeStoragePointer({ generation, logId }: StoragePointer): Uint8Array {
  const out = new ByteWriter();
  for (const byte of magic) out.u8(byte);
  out.varint(generation);
  out.bytes(logId);
  return out.finish();
}

/** DATA_LOSS MALFORMED_BYTES where it does not parse. */
export function decodeStoragePointer(source: Uint8Array): StoragePointer {
  const reader = new ByteReader(source, 'storage pointer');
  for (const byte of magic) {
    if (reader.u8() !== byte) throw reader.fail('no magic or unknown version');
  }
  const generation = reader.varint();
  const logId = reader.bytes(logIdBytes).slice();
  if (!reader.done) throw reader.fail('bytes are left over');
  return { generation, logId };
}
