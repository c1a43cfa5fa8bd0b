import { replicaIdMax } from '../merge/prepared.ts';

/** `-` and 8 hexadecimal digits. */
const suffix = /-[0-9a-f]{8}$/;
const suffixBytes = 4;

/**
 * Another id for an install whose own turned out to be another device's too. It begins like the one before, so that
 * people know it again, and so that a grant such as `phone-7*` holds for it. Its end is made of the first four of
 * `bytes`.
 */
export function nextReplicaId(id: string, bytes: Uint8Array): string {
  const stem = id.replace(suffix, '').slice(0, replicaIdMax - 1 - suffixBytes * 2);
  const digits = [...bytes.subarray(0, suffixBytes)].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return `${stem}-${digits.join('')}`;
}
