import { HeapRoom } from '../../src/server/heap-room.ts';

/** A heap that has room for whatever a test does. */
export function roomyHeap(): HeapRoom {
  return new HeapRoom({ limitBytes: 1 << 30, usedBytes: () => 0, collect: async () => {} });
}
