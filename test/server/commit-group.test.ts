import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { OrderingSteps } from '../../src/replica/submission.ts';
import { CommitGroup } from '../../src/server/commit-group.ts';
import { HeapRoom } from '../../src/server/heap-room.ts';

/** A group on a heap of 6,400 bytes, of which 100 may be taken without asking and 5,760 may be used. */
function given(usedBytes = 0) {
  const time = { ms: 100 };
  const heap = new HeapRoom({
    limitBytes: 6_400,
    usedBytes: () => usedBytes,
    collect: async () => {},
  });
  const limits = { ...defaultLimits, commitGroupMax: 3, commitGroupBytesMax: 10 };
  const group = new CommitGroup({ limits, heap, clock: { nowMs: () => time.ms } });
  return { group, heap, time };
}

/** Work that asks for so much first, notes what it is told, and then needs so many turns more. */
function* asking(bytes: number, turns = 0, seen: string[] = []): OrderingSteps<string> {
  try {
    yield bytes;
  } catch (error) {
    seen.push('refused');
    throw error;
  }
  seen.push('begun');
  for (let turn = 0; turn < turns; turn++) yield;
  return 'done';
}

function order(group: CommitGroup, steps: OrderingSteps<string>, ...room: [] | [Room]) {
  return group.rest(steps, group.begin(steps), ...room);
}

type Room = Awaited<ReturnType<HeapRoom['reserve']>>;

test('is full once it has so many records, or so many bytes', () => {
  const { group } = given();
  group.add(new Uint8Array(3));
  group.add(new Uint8Array(3));
  expect([group.isFull(), group.bytes]).toEqual([false, 6]);
  group.add(new Uint8Array(3));
  expect([group.isFull(), group.records.length]).toEqual([true, 3]);
  const other = given().group;
  other.add(new Uint8Array(9));
  expect(other.isFull()).toBe(false);
  other.add(new Uint8Array(1));
  expect(other.isFull()).toBe(true);
});

test('little is taken without asking, and ordered in the same turn', () => {
  const { group } = given(6_400);
  expect(group.begin(asking(60))).toEqual({ done: true, value: 'done' });
  expect(group.begin(asking(40))).toEqual({ done: true, value: 'done' });
  expect(group.isFull()).toBe(false);
  expect(group.begin(asking(1))).toEqual({ done: false, value: 1 });
});

test('[I13] more is asked for, and the group is full then, and gives it back in the end', async () => {
  const { group, heap } = given();
  expect(await order(group, asking(5_000, 2))).toBe('done');
  expect(group.isFull()).toBe(true);
  await expect(heap.reserve(1_000)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  group.release();
  await heap.reserve(1_000);
});

test('[I13] where there is not so much it is told to what asked for it, and the group goes on', async () => {
  const { group } = given(5_000);
  const seen: string[] = [];
  await expect(order(group, asking(1_000, 0, seen))).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  expect([seen, group.isFull()]).toEqual([['refused'], false]);
  expect(await order(group, asking(700))).toBe('done');
});

test('[I13] what has room already has that in use by now', async () => {
  const { group, heap } = given();
  const room = await heap.reserve(3_000);
  await expect(order(group, asking(5_800), room)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  expect(await order(group, asking(5_700), room)).toBe('done');
  room.release();
  await expect(heap.reserve(100)).rejects.toMatchObject({ reason: 'HEAP_FULL' });
  group.release();
  await heap.reserve(5_000);
});

test('little is not asked for where it comes behind a turn, either', async () => {
  const { group } = given(6_400);
  function* late(): OrderingSteps<string> {
    yield;
    return yield* asking(100);
  }
  expect(await order(group, late())).toBe('done');
});
