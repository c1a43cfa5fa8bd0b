import { Session } from 'node:inspector/promises';
import { getHeapStatistics } from 'node:v8';
import { type Heap, HeapRoom } from './heap-room.ts';

/** To collect holds the event loop up for seconds where much is alive, so nobody can have it done more often. */
const collectDelayMsMin = 30_000;

let collectedAtMs = Number.NEGATIVE_INFINITY;

/** V8's heap of this process. */
const heap: Heap = {
  limitBytes: getHeapStatistics().heap_size_limit,
  usedBytes: () => getHeapStatistics().used_heap_size,
  collect: async () => {
    if (performance.now() - collectedAtMs < collectDelayMsMin) return;
    collectedAtMs = performance.now();
    // The one way that needs no flag of the process. Nothing is inspected.
    const session = new Session();
    session.connect();
    await session.post('HeapProfiler.collectGarbage');
    session.disconnect();
  },
};

/** What all databases of this process share. */
export const processHeapRoom = new HeapRoom(heap);
