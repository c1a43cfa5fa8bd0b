import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/base/bytes.ts';
import { nextTag, partEnd, skipValue, skipVarints, walk } from '../../src/base/field-scan.ts';

const readerOf = (...bytes: number[]) => new ByteReader(Uint8Array.from(bytes), 'message');
const malformed = expect.objectContaining({ code: 15, reason: 'MALFORMED_BYTES' });

test('steps over a value of each wire type', () => {
  const values: [tag: number, ...bytes: number[]][] = [
    [0x08, 0x80, 0x80, 1],
    [0x09, 1, 2, 3, 4, 5, 6, 7, 8],
    [0x0a, 3, 1, 2, 3],
    [0x0d, 1, 2, 3, 4],
  ];
  for (const [tag, ...bytes] of values) {
    const reader = readerOf(...bytes, 99);
    skipValue(reader, tag, bytes.length);
    expect(reader.u8()).toBe(99);
  }
});

describe('[I13] what a decoder may take for something else is refused', () => {
  test('groups, and tags that are none or would be cut to another', () => {
    for (const tag of [0x0b, 0x0c]) {
      expect(() => skipValue(readerOf(1, 1), tag, 2)).toThrow(malformed);
    }
    expect(() => nextTag(readerOf(0))).toThrow(malformed);
    expect(() => nextTag(readerOf(7))).toThrow(malformed);
    // 2^32 + 10.
    expect(() => nextTag(readerOf(0x8a, 0x80, 0x80, 0x80, 0x10))).toThrow(malformed);
    expect(nextTag(readerOf(0xff, 0xff, 0xff, 0xff, 0x0f))).toBe(0xffffffff);
  });

  test('a value that is over behind the end of its message', () => {
    for (const [tag, ...bytes] of [
      [0x08, 0x80, 1],
      [0x09, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x0a, 1, 1],
      [0x0d, 1, 2, 3, 4],
    ] as const) {
      expect(() => skipValue(readerOf(...bytes), tag, bytes.length - 1)).toThrow(malformed);
    }
    expect(() => skipValue(readerOf(...Array(11).fill(0x80)), 8, 11)).toThrow(malformed);
    expect(() => partEnd(readerOf(2, 1), 2)).toThrow(malformed);
  });

  test('a list of numbers whose last one goes on behind it', () => {
    const reader = readerOf(1, 0x80, 1, 0x80, 1);
    expect(() => skipVarints(reader, 2)).toThrow(malformed);
    skipVarints(reader, 3);
    expect(reader.position).toBe(3);
    skipVarints(reader, 3);
  });
});

test('walks over the fields: what is left of them is stepped over', () => {
  const bytes = [0x08, 5, 0x12, 1, 7, 0x18, 6];
  const reader = readerOf(...bytes);
  const seen: number[] = [];
  walk(reader, bytes.length, (tag) => {
    seen.push(tag);
    if (tag === 8) seen.push(reader.varint());
    return tag === 8;
  });
  expect(seen).toEqual([8, 5, 0x12, 0x18]);
  const tooFar = readerOf(0x08, 5);
  expect(() =>
    walk(tooFar, 1, () => {
      tooFar.u8();
      return true;
    }),
  ).toThrow(malformed);
});
