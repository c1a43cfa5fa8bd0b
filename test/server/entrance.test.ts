import { expect, test } from 'vitest';
import { enter } from '../../src/server/entrance.ts';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { Receiving } from '../../src/server/receiving.ts';
import { WaitingRoom } from '../../src/server/waiting-room.ts';

function entranceOf() {
  const heap = new HeapRoom({ limitBytes: 1_000, usedBytes: () => 0, collect: async () => {} });
  const database = { waiting: new WaitingRoom(100, heap) };
  const receiving = new Receiving(200);
  const asked: AbortController[] = [];
  const come = (bytes: number, heapBytes: number) =>
    enter(receiving, database, { bytes, heapBytes }, () => {
      asked.push(new AbortController());
      return asked.at(-1)!.signal;
    });
  return { come, asked };
}

test('[I13] what has room comes in, and nothing is asked', async () => {
  const { come, asked } = entranceOf();
  const { leave } = await come(1_000, 100);
  leave();
  await come(1_000, 100);
  expect(asked).toEqual([]);
});

test('[I13] what waits counts as it came, until it is in or gone; what has no room to wait is not taken', async () => {
  const { come, asked } = entranceOf();
  const { leave } = await come(1, 100);
  const [next, gone] = [come(50, 100), come(50, 100)];
  await expect(come(1, 1)).rejects.toMatchObject({ code: 8, reason: 'WAITING_FULL' });
  asked[1]!.abort();
  await expect(gone).rejects.toMatchObject({ reason: 'CALL_OVER' });
  const last = come(50, 100);
  leave();
  (await next).leave();
  (await last).leave();
  const none = come(100, 1_000);
  await expect(none).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  const again = await come(1, 100);
  const waits = come(100, 1);
  again.leave();
  (await waits).leave();
});
