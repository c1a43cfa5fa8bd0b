import { type Heap, HeapRoom } from '../../src/server/heap-room.ts';

/** A heap that has room for whatever a test does. */
export const roomy: Heap = { limitBytes: 1 << 30, usedBytes: () => 0, collect: async () => {} };

export function roomyHeap(): HeapRoom {
  return new HeapRoom(roomy);
}
