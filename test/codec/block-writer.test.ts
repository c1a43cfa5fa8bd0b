import { expect, test } from 'vitest';
import { BlockWriter, streamBytesMin } from '../../src/codec/block-writer.ts';
import { integersOf } from '../../src/codec/integer-codec.ts';

const stream = (length: number, byte: number) => new Uint8Array(length).fill(byte);

test('short streams stand in the head, long numbers by themselves, long texts behind the head', () => {
  const out = new BlockWriter();
  out.head.u8(7);
  out.numeric(stream(streamBytesMin - 1, 1));
  out.numeric(stream(streamBytesMin, 2));
  out.text(stream(streamBytesMin - 1, 3));
  out.text(stream(streamBytesMin, 4));
  const frames = out.frames();
  expect(frames.map(({ numeric }) => numeric)).toEqual([false, true]);
  expect(frames[1]!.bytes).toEqual(stream(streamBytesMin, 2));
  const head = frames[0]!.bytes;
  expect(head).toHaveLength(2 + 1 + 2 * (streamBytesMin - 1) + streamBytesMin);
  expect([head[2], head[3], head.at(-streamBytesMin - 1), head.at(-1)]).toEqual([7, 1, 3, 4]);
});

test('what was written since a mark is taken back', () => {
  const out = new BlockWriter();
  out.head.u8(7);
  const before = out.frames();
  const mark = out.mark();
  out.head.u8(8);
  out.numeric(stream(streamBytesMin, 2));
  out.text(stream(streamBytesMin, 4));
  out.lanes.push(integersOf(new Float64Array(3), 3));
  out.restore(mark);
  expect(out.frames()).toEqual(before);
  expect(out.lanes).toEqual([]);
});

test('a column is predicted from one before it that has as many values', () => {
  const out = new BlockWriter();
  const [first, second] = [integersOf(new Float64Array(3), 3), integersOf(new Float64Array(4), 4)];
  out.lanes.push(first, second);
  expect(out.laneBefore(2, 3)).toBe(first);
  expect(out.laneBefore(1, 4)).toBe(second);
  for (const [distance, count] of [
    [0, 3],
    [0, 4],
    [1, 3],
    [2, 4],
    [3, 3],
    [-1, 4],
  ] as const) {
    expect(out.laneBefore(distance, count)).toBeUndefined();
  }
});
