import { Session } from 'node:inspector/promises';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { type Heap, HeapRoom } from './heap-room.ts';

/** Of the limit that V8 tells, the part for what has just been made, where nobody has set another. */
const youngBytes = 192 << 20;
/** What is left of it at the least, where somebody has. */
const oldShareMin = 1 / 4;

/** To collect holds the event loop up for seconds where much is alive, so nobody can have it done more often. */
const collectDelayMsMin = 30_000;

let collectedAtMs = Number.NEGATIVE_INFINITY;

const { heap_size_limit: sizeLimit } = getHeapStatistics();

/** V8's heap of this process. */
export const processHeap: Heap = {
  limitBytes: Math.max(sizeLimit - youngBytes, sizeLimit * oldShareMin),
  usedBytes: oldBytes,
  collect: async () => {
    if (performance.now() - collectedAtMs < collectDelayMsMin) return;
    await collectGarbage();
    collectedAtMs = performance.now();
  },
};

/** What all databases of this process share. */
export const processHeapRoom = new HeapRoom(processHeap);

/** What has just been made has a part of its own, and most of it is garbage when that is next looked at. */
function oldBytes(): number {
  let sum = 0;
  for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
    if (!name.startsWith('new_')) sum += used;
  }
  return sum;
}

/** The one way that needs no flag of the process. Nothing is inspected. */
async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
