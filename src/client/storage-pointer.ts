import { ByteReader, ByteWriter, bytesEqual } from '../base/bytes.ts';
import type { SyncError } from '../base/errors.ts';
import { storageDamaged } from './storage-errors.ts';

/** Which of a storage's journals counts. */
export interface StoragePointer {
  /** 1, 2, 3 ...: the ending of its file. */
  readonly generation: number;
  /** The id of its log. */
  readonly logId: Uint8Array;
  /** The head that the log had on stable storage when it became the one that counts; 1 or more. It never has less. */
  readonly head: number;
}

const logIdBytes = 16;
/** `S` `P`, and the version of the format behind them. */
const magic = [0x53, 0x50] as const;
const version = 2;

export function encodeStoragePointer({ generation, logId, head }: StoragePointer): Uint8Array {
  const out = new ByteWriter();
  for (const byte of [...magic, version]) out.u8(byte);
  out.varint(generation);
  out.bytes(logId);
  out.varint(head);
  return out.finish();
}

/** DATA_LOSS MALFORMED_BYTES where it does not parse. */
export function decodeStoragePointer(source: Uint8Array): StoragePointer {
  const reader = new ByteReader(source, 'storage pointer');
  for (const byte of magic) if (reader.u8() !== byte) throw reader.fail('no magic');
  const found = reader.u8();
  if (found < 1 || found > version) throw reader.fail('unknown version');
  const generation = reader.varint();
  const logId = reader.bytes(logIdBytes).slice();
  // Version 1 did not say it. A journal has at least the record that says whose it is.
  const head = found === 1 ? 1 : reader.varint();
  if (head < 1) throw reader.fail('a journal that counts is not empty');
  if (!reader.done) throw reader.fail('bytes are left over');
  return { generation, logId, head };
}

/** DATA_LOSS STORAGE_DAMAGED where the log that is found under the name is not what the pointer means. */
export function journalProblem(
  name: string,
  { logId, head }: StoragePointer,
  found: { readonly id: Uint8Array; readonly head: number },
): SyncError | undefined {
  if (!bytesEqual(logId, found.id)) {
    return storageDamaged(name, undefined, 'it is not the journal that belongs here');
  }
  if (found.head >= head) return undefined;
  const problem = `it is missing: the journal ends at ${found.head}, and had ${head} records`;
  return storageDamaged(name, found.head + 1, problem);
}
