import { expect, test } from 'vitest';
import { Scratch } from '../../src/codec/scratch.ts';

test('room is taken again, and is as large as it is asked for', () => {
  const room = new Scratch();
  const first = room.take(10);
  expect(first).toHaveLength(10);
  expect(room.take(1_000).buffer).toBe(first.buffer);
  expect(room.take(5_000)).toHaveLength(5_000);
  expect(room.take(5_000).buffer).not.toBe(first.buffer);
});

test('much room is not kept', () => {
  const room = new Scratch();
  expect(room.take(100_000)).toHaveLength(100_000);
  expect(room.take(100_000).buffer).not.toBe(room.take(100_000).buffer);
  expect(room.take(65_536).buffer).toBe(room.take(65_536).buffer);
});
