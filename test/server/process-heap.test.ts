import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { processHeapRoom } from '../../src/server/process-heap.ts';

test('is the heap of this process: some of it is free, and no more than there is', async () => {
  (await processHeapRoom.reserve(1)).release();
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  await expect(processHeapRoom.reserve(limit)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  // What would fit if nothing were used has garbage collected before it is refused: once in a while.
  const almost = limit * 0.9 - used / 8;
  for (const _ of [1, 2]) {
    await expect(processHeapRoom.reserve(almost)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  }
});
