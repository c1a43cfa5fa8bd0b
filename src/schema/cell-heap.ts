import type { ColumnKind } from './table-def.ts';

// Bytes of V8's heap that cells take, measured and rounded up.

/** Of a place in an array of cells, whatever is in it. */
export const placeBytes = 8;

/** A text may take two bytes on the heap for one in UTF-8. */
export const contentShare = 2;

const bytesOf: Readonly<Partial<Record<ColumnKind, number>>> = {
  ...{ string: 32, bytes: 260, wire: 260, int64: 32, uint64: 32, time: 32, double: 16, float: 16 },
};

/** Of what a cell holds, beside its place and its content; none where all of it stands in its place. */
export function cellHeapBytes(kind: ColumnKind): number {
  return bytesOf[kind] ?? 0;
}
