import { expect, test } from 'vitest';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { type Place, WaitingRoom } from '../../src/server/waiting-room.ts';

const never = new AbortController().signal;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A room of 100 bytes, of a heap that has 800. */
function roomOf(usedBytes = 0) {
  const heap = new HeapRoom({
    limitBytes: 1_000,
    usedBytes: () => usedBytes,
    collect: async () => {},
  });
  const room = new WaitingRoom(100, heap);
  const entered = new Map<string, Place>();
  const enter = (name: string, bytes: number, left = never) =>
    room.enter(bytes, left).then((place) => void entered.set(name, place));
  return { heap, room, entered, enter, names: () => [...entered.keys()] };
}

test('[I13] takes in what has room, up to the last byte', () => {
  const { room } = roomOf();
  const { leave } = room.tryEnter(60)!;
  expect(room.tryEnter(40)).toBeDefined();
  expect(room.tryEnter(1)).toBeUndefined();
  leave();
  leave();
  expect(room.tryEnter(61)).toBeUndefined();
  expect(room.tryEnter(60)).toBeDefined();
});

test('whoever waits is let in in the order of arrival; nobody gets before him', async () => {
  const { room, enter, entered, names } = roomOf();
  const { leave } = room.tryEnter(100)!;
  void enter('large', 90);
  void enter('small', 20);
  void enter('tiny', 1);
  leave();
  await nextTurn();
  expect(names()).toEqual(['large']);
  expect(room.tryEnter(1)).toBeUndefined();
  entered.get('large')!.leave();
  await nextTurn();
  expect(names()).toEqual(['large', 'small', 'tiny']);
});

test('who goes away lets the others in, and is told nothing else', async () => {
  const { room, enter, names } = roomOf();
  const { leave } = room.tryEnter(50)!;
  const gone = new AbortController();
  const first = enter('gone', 100, gone.signal);
  const behind = enter('behind', 50);
  gone.abort();
  await expect(first).rejects.toMatchObject({ code: 1, reason: 'CALL_OVER' });
  await behind;
  await expect(room.enter(1, AbortSignal.abort())).rejects.toMatchObject({ reason: 'CALL_OVER' });
  leave();
  expect(names()).toEqual(['behind']);
  expect(room.tryEnter(50)).toBeDefined();
});

test('[I13] what is larger than the room is let in alone, where the heap has room for it', async () => {
  const { heap, room, enter, entered, names } = roomOf(100);
  const { leave } = room.tryEnter(1)!;
  void enter('large', 600);
  void enter('another', 600);
  const none = enter('none', 701);
  void enter('small', 1);
  await nextTurn();
  expect(names()).toEqual([]);
  leave();
  await nextTurn();
  expect(names()).toEqual(['large']);
  await expect(heap.reserve(101)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  // For what ordering it takes beside that it need not make room for itself.
  expect(entered.get('large')!.room).toMatchObject({ bytes: 600 });
  entered.get('large')!.leave();
  await nextTurn();
  expect(names()).toEqual(['large', 'another']);
  entered.get('another')!.leave();
  await expect(none).rejects.toMatchObject({ code: 8, reason: 'HEAP_FULL' });
  await nextTurn();
  expect(names()).toEqual(['large', 'another', 'small']);
  expect(entered.get('small')!.room).toBeUndefined();
  await heap.reserve(700);
});

test('[I13] while the heap is asked nobody gets before', async () => {
  const collected = Promise.withResolvers<void>();
  const used = { bytes: 800 };
  const heap = new HeapRoom({
    limitBytes: 1_000,
    usedBytes: () => used.bytes,
    collect: () => collected.promise,
  });
  const room = new WaitingRoom(100, heap);
  const large = room.enter(500, never);
  await nextTurn();
  expect(room.tryEnter(1)).toBeUndefined();
  used.bytes = 0;
  collected.resolve();
  (await large).leave();
  expect(room.tryEnter(1)).toBeDefined();
});

test('[I13] is no larger than its part of the heap, which rooms share', () => {
  const heap = new HeapRoom({ limitBytes: 1_600, usedBytes: () => 0, collect: async () => {} });
  const room = new WaitingRoom(10_000, heap);
  const { leave } = room.tryEnter(200)!;
  expect(room.tryEnter(1)).toBeUndefined();
  const other = new WaitingRoom(10_000, heap);
  expect(other.tryEnter(101)).toBeUndefined();
  expect(other.tryEnter(100)).toBeDefined();
  leave();
  other.close();
  expect(room.tryEnter(200)).toBeDefined();
});
