import { recordAt } from './record-at.ts';

/** Records of the group that begins at position `first`: from its size one can tell a whole group from a half. */
export function groupSizeAt(first: number): number {
  return 1 + ((first * 7_919) % 40);
}

/** Mostly small records; now and then one of several pages. */
export function groupRecordAt(position: number): Uint8Array {
  return recordAt(position, position % 97 === 0 ? 100_000 : 200);
}

export function groupAt(first: number): Uint8Array[] {
  return Array.from({ length: groupSizeAt(first) }, (_, index) => groupRecordAt(first + index));
}
