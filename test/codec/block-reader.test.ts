import { describe, expect, test } from 'vitest';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter, streamBytesMin } from '../../src/codec/block-writer.ts';

const stream = (length: number, byte: number) => new Uint8Array(length).fill(byte);
const long = streamBytesMin;

function frames(write: (out: BlockWriter) => void): Uint8Array[] {
  const out = new BlockWriter();
  write(out);
  return out.frames().map(({ bytes }) => bytes);
}

describe('a reader', () => {
  test('gives back the streams in their order', () => {
    const reader = new BlockReader(
      frames((out) => {
        out.numeric(stream(long, 1));
        out.text(stream(long, 2));
        out.numeric(stream(3, 3));
        out.text(stream(3, 4));
        out.numeric(stream(long, 5));
      }),
      0,
    );
    expect(
      [
        reader.numeric(long),
        reader.text(long),
        reader.numeric(3),
        reader.text(3),
        reader.numeric(long),
      ].map((bytes) => bytes[0]),
    ).toEqual([1, 2, 3, 4, 5]);
    reader.end();
  });

  test('refuses a stream of another length, and one that is not there', () => {
    const reader = new BlockReader(
      frames((out) => out.numeric(stream(long, 1))),
      0,
    );
    expect(() => reader.numeric(long + 1)).toThrow('a stream of 257 bytes is missing');
    reader.numeric(long);
    expect(() => reader.numeric(long)).toThrow('a stream of 256 bytes is missing');
    expect(() => reader.text(long)).toThrow('the bytes end too early');
  });

  test.each([
    ['the head', frames((out) => out.head.u8(1))],
    ['the texts', frames((out) => out.text(stream(long, 1)))],
    ['the streams of numbers', frames((out) => out.numeric(stream(long, 1)))],
  ])('refuses what is left over of %s', (_, bytes) => {
    expect(() => new BlockReader(bytes, 0).end()).toThrow('bytes are left over');
  });

  test('refuses a head that is longer than its frame, and no frame at all', () => {
    expect(() => new BlockReader([Uint8Array.of(9, 1)], 0)).toThrow('the bytes end too early');
    expect(() => new BlockReader([], 0)).toThrow('the bytes end too early');
  });

  test('counts values up to what a block may have', () => {
    const reader = new BlockReader([Uint8Array.of(0)], 10);
    reader.allow(6);
    expect(() => reader.allow(5)).toThrow('there are too many values');
    reader.allow(4);
    expect(() => reader.allow(1)).toThrow('there are too many values');
  });

  test('has columns before the next one', () => {
    const reader = new BlockReader([Uint8Array.of(0)], 10);
    const values = new Float64Array(3);
    reader.lanes.push({ values, count: 3 });
    expect(reader.laneBefore(1, 3)).toBe(values);
    for (const [distance, count] of [
      [0, 3],
      [2, 3],
      [1, 4],
      [2 ** 40, 3],
    ] as const) {
      expect(() => reader.laneBefore(distance, count)).toThrow('predicted from none like it');
    }
  });
});
