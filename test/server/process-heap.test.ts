import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { processHeap, processHeapRoom } from '../../src/server/process-heap.ts';

test('is the heap of this process: some of it is free, and no more than there is', async () => {
  (await processHeapRoom.reserve(1)).release();
  const { limitBytes } = processHeap;
  await expect(processHeapRoom.reserve(limitBytes)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  // What would fit if nothing were used has garbage collected before it is refused: once in a while.
  const almost = limitBytes * 0.9 - processHeap.usedBytes() / 8;
  for (const _ of [1, 2]) {
    await expect(processHeapRoom.reserve(almost)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  }
});

test('[I13] counts what can live, and what does', () => {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  // Less by what V8 keeps for what has just been made, which moves out of it or goes.
  expect(processHeap.limitBytes).toBeLessThan(limit);
  expect(processHeap.usedBytes()).toBeLessThan(used);
  const before = processHeap.usedBytes();
  const held = new Array<number>(4_000_000).fill(0.5);
  expect(processHeap.usedBytes()).toBeGreaterThan(before + 20_000_000);
  expect(held).toHaveLength(4_000_000);
});
