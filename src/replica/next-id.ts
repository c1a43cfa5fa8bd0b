import { replicaIdMax } from '../merge/prepared.ts';

/** An ending that people do not give: `.f` and 8 hexadecimal digits. */
const suffix = /\.f[0-9a-f]{8}$/;
const suffixLength = 10;
const suffixBytes = 4;

/**
 * Another id for an install whose own turned out to be another device's too. It begins like the one before, so that
 * people know it again, and so that a grant such as `phone-7*` holds for it, where the id has 54 characters at the most.
 * Its end is made of the first four of `bytes`.
 */
export function nextReplicaId(id: string, bytes: Uint8Array): string {
  const stem = id.replace(suffix, '').slice(0, replicaIdMax - suffixLength);
  const digits = [...bytes.subarray(0, suffixBytes)].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return `${stem}.f${digits.join('')}`;
}
