import { expect, test } from 'vitest';
import { HeapRoom } from '../../src/server/heap-room.ts';

/** A heap of 1,000 bytes, of which 900 may be used. */
function heapWith(alive: number, garbage = 0) {
  const held = { alive, garbage, collections: 0 };
  const room = new HeapRoom({
    limitBytes: 1_000,
    usedBytes: () => held.alive + held.garbage,
    collect: async () => {
      held.collections++;
      await new Promise((resolve) => setImmediate(resolve));
      held.garbage = 0;
    },
  });
  return { held, room };
}

test('[I13] there is room up to nine tenths of the heap, and what others reserved is theirs', async () => {
  const { room } = heapWith(400);
  const first = await room.reserve(300);
  await expect(room.reserve(201)).rejects.toMatchObject({
    code: 8,
    reason: 'HEAP_FULL',
    metadata: { needed_bytes: '201', heap_bytes_max: '1000' },
    retryDelayMs: 30_000,
  });
  const second = await room.reserve(200);
  first.release();
  second.release();
  first.release();
  await expect(room.reserve(501)).rejects.toThrow('enough heap');
  await room.reserve(500);
});

test('[I13] what is reserved within other room counts that as in use, and is given back by itself', async () => {
  const { held, room } = heapWith(100);
  const outer = await room.reserve(500);
  held.alive = 600;
  await expect(room.reserve(301, outer)).rejects.toMatchObject({
    metadata: { needed_bytes: '801' },
  });
  const inner = await room.reserve(300, outer);
  held.alive = 100;
  await expect(room.reserve(1)).rejects.toThrow('heap');
  // Whoever had the one may be gone, and what he had begun goes on.
  outer.release();
  expect([outer.bytes, inner.bytes]).toEqual([0, 300]);
  const late = await room.reserve(500, outer);
  await expect(room.reserve(1)).rejects.toThrow('heap');
  inner.release();
  late.release();
  await room.reserve(800);
});

test('garbage is collected where that may make room, and only there', async () => {
  const { held, room } = heapWith(100, 700);
  const reserved = await room.reserve(100);
  expect(held.collections).toBe(0);
  reserved.release();
  await expect(room.reserve(901)).rejects.toThrow('heap');
  expect(held.collections).toBe(0);
  await room.reserve(800);
  expect(held.collections).toBe(1);
});

test('[I13] whoever asks in the same turn finds taken what the one before got', async () => {
  const { room } = heapWith(0);
  const asked = await Promise.allSettled([600, 600, 200].map((bytes) => room.reserve(bytes)));
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('[I13] of what is collected each gets his own, and all who ask meanwhile wait for it', async () => {
  const { held, room } = heapWith(100, 800);
  const asked = await Promise.allSettled([300, 600, 400].map((bytes) => room.reserve(bytes)));
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(held.collections).toBe(1);
});

test('[I13] what databases may have on its way stays free for it', async () => {
  const { room } = heapWith(0);
  const [first, second] = [room.shareWaiting(1_000), room.shareWaiting(10)];
  expect([first.bytesMax, second.bytesMax]).toEqual([62.5, 10]);
  await expect(room.reserve(828)).rejects.toThrow('heap');
  (await room.reserve(827)).release();
  first.release();
  expect(second.bytesMax).toBe(10);
  await room.reserve(890);
});

test('[I13] where garbage cannot be collected there is no room, and it is tried again', async () => {
  const state = { fails: true, garbage: 900 };
  const room = new HeapRoom({
    limitBytes: 1_000,
    usedBytes: () => state.garbage,
    collect: async () => {
      if (state.fails) throw new Error('not permitted');
      state.garbage = 0;
    },
  });
  await expect(room.reserve(1)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  state.fails = false;
  await room.reserve(1);
});
