import { expect, test } from 'vitest';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { WaitingRoom } from '../../src/server/waiting-room.ts';

const heap = new HeapRoom({ limitBytes: 1_000, usedBytes: () => 100, collect: async () => {} });
const never = new AbortController().signal;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('[I13] takes in what has room, up to the last byte, and has calls come again', async () => {
  const room = new WaitingRoom(100, heap);
  const leave = room.tryEnter(60)!;
  const other = await room.enterNow(40);
  expect(room.tryEnter(1)).toBeUndefined();
  await expect(room.enterNow(1)).rejects.toMatchObject({
    code: 8,
    reason: 'WAITING_FULL',
    retryDelayMs: 1_000,
  });
  leave();
  leave();
  expect(room.tryEnter(61)).toBeUndefined();
  expect(room.tryEnter(60)).toBeDefined();
  other();
});

test('streams are let in in the order in which they came; nobody gets before them', async () => {
  const room = new WaitingRoom(100, heap);
  const leave = room.tryEnter(100)!;
  const entered: string[] = [];
  const enter = (name: string, bytes: number, closed = never) =>
    room.enter(bytes, closed).then((left) => {
      entered.push(name);
      return left;
    });
  const closing = new AbortController();
  void enter('gone', 100, closing.signal);
  const large = enter('large', 90);
  const small = enter('small', 20);
  leave();
  await nextTurn();
  expect(entered).toEqual(['gone']);
  const next = new WaitingRoom(100, heap);
  const hold = next.tryEnter(50)!;
  const gone = new AbortController();
  void next.enter(100, gone.signal).then(() => entered.push('never'));
  const behind = next.enter(50, never);
  expect(next.tryEnter(1)).toBeUndefined();
  gone.abort();
  (await behind)();
  hold();
  expect(entered).toEqual(['gone']);
  expect([large, small]).toHaveLength(2);
});

test('what is larger than the room is let in where the heap has room for it', async () => {
  const room = new WaitingRoom(100, heap);
  const leave = await room.enterNow(500);
  await expect(room.enter(400, never)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  expect(room.tryEnter(101)).toBeUndefined();
  leave();
  await room.enter(800, never);
});
