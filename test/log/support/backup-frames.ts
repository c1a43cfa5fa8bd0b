import type { BackupFrame } from '../../../src/log/backup-format.ts';

const bytesOf = (...bytes: readonly number[]) => Uint8Array.from(bytes);

/** The frames of a small backup. */
export const backupFrames: readonly BackupFrame[] = [
  {
    kind: 'header',
    header: {
      logId: Uint8Array.from({ length: 16 }, (_, index) => index),
      epoch: 3,
      position: 1_000,
      createdMs: 1_700_000_000_000,
    },
  },
  { kind: 'block', bytes: bytesOf(1, 2, 3) },
  { kind: 'block', bytes: bytesOf() },
  { kind: 'record', bytes: bytesOf(4) },
  { kind: 'record', bytes: bytesOf(5, 6) },
];

export async function* stream<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
