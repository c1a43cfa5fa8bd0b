import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, compareBytes } from '../../src/base/bytes.ts';
import { Code } from '../../src/base/errors.ts';
import { ArenaChunk } from '../../src/table/arena-chunk.ts';

const get = (chunk: ArenaChunk, row: number) =>
  chunk.read(row, (bytes, start, end) => bytes.slice(start, end));
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

test('each row has its own string, whatever its length', () => {
  const chunk = new ArenaChunk(8, 16);
  for (const [row, length] of [0, 1, 127, 128, 16_383, 16_384, 70_000].entries()) {
    chunk.set(row, filled(length, row));
  }
  expect(get(chunk, 6)).toEqual(filled(70_000, 6));
  expect(get(chunk, 3)).toEqual(filled(128, 3));
  expect(get(chunk, 7)).toEqual(new Uint8Array(0));
  expect([0, 1, 7].map((row) => chunk.isEmpty(row))).toEqual([true, false, true]);
});

test('a part of the source may be stored', () => {
  const chunk = new ArenaChunk(8, 16);
  chunk.set(0, Uint8Array.of(1, 2, 3, 4), 1, 3);
  expect(get(chunk, 0)).toEqual(Uint8Array.of(2, 3));
});

const lengths = fc.oneof(fc.nat({ max: 20 }), fc.constantFrom(126, 127, 128, 129));
const strings = fc
  .tuple(lengths, fc.nat({ max: 3 }))
  .map(([length, value]) => filled(length, value));

test('strings come back after any order of changes, and compare as bytes do', () => {
  const writes = fc.array(fc.tuple(fc.nat({ max: 31 }), strings), { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(writes, strings, (list, operand) => {
      const chunk = new ArenaChunk(32, 16);
      const other = new ArenaChunk(32, 16);
      const expected = new Map<number, Uint8Array>();
      other.set(5, operand);
      for (const [row, bytes] of list) {
        if (bytes.length === 3) chunk.clear(row);
        else chunk.set(row, bytes);
        expected.set(row, bytes.length === 3 ? new Uint8Array(0) : bytes);
      }
      chunk.resize(64);
      chunk.trim();
      for (const [row, bytes] of expected) {
        expect(get(chunk, row)).toEqual(bytes);
        expect(chunk.equals(row, operand, operand.length)).toBe(compareBytes(bytes, operand) === 0);
        expect(Math.sign(chunk.compare(row, other, 5))).toBe(
          Math.sign(compareBytes(bytes, operand)),
        );
      }
      const [first, last] = [list.at(0)?.[0] ?? 0, list.at(-1)?.[0] ?? 0];
      const order = compareBytes(get(chunk, first), get(chunk, last));
      expect(Math.sign(chunk.compare(first, chunk, last))).toBe(Math.sign(order));
    }),
  );
});

describe('waste', () => {
  test('is written over by strings that are no longer than those before', () => {
    const chunk = new ArenaChunk(4, 16);
    chunk.set(0, filled(100, 1));
    const before = chunk.memoryBytes;
    for (let round = 0; round < 1000; round++) chunk.set(0, filled(100 - (round % 3), 2));
    expect(chunk.memoryBytes).toBe(before);
  });

  test('never exceeds the strings themselves by much', () => {
    const chunk = new ArenaChunk(32, 16);
    for (let round = 0; round < 10_000; round++) {
      chunk.set(round % 32, filled((round * 7) % 61, round & 255));
    }
    expect(chunk.memoryBytes).toBeLessThan(32 * 4 + 32 * 61 * 4);
  });

  test('goes when strings are cleared', () => {
    const chunk = new ArenaChunk(32, 16);
    for (let row = 0; row < 32; row++) chunk.set(row, filled(1000, row));
    for (let row = 1; row < 32; row++) chunk.clear(row);
    expect(chunk.memoryBytes).toBeLessThan(32 * 4 + 2100);
    expect(get(chunk, 0)).toEqual(filled(1000, 0));
  });
});

test('a chunk that expects no more rows gives back its spare room', () => {
  const chunk = new ArenaChunk(4, 16);
  chunk.set(0, filled(1000, 1));
  chunk.set(1, filled(1000, 2));
  chunk.trim();
  expect(chunk.memoryBytes).toBe(4 * 4 + 1 + 2 * 1002);
  chunk.trim();
  expect(get(chunk, 1)).toEqual(filled(1000, 2));
});

test('rows are kept by a test of their bytes', () => {
  const chunk = new ArenaChunk(32, 16);
  for (let row = 0; row < 8; row++) chunk.set(row, filled(row, 1));
  const selection = Uint32Array.of(0b1111_1110);
  chunk.keep((_bytes, start, end) => (end - start) % 2 === 0, selection);
  expect([...selection]).toEqual([0b0101_0100]);
});

describe('where memory is short', () => {
  test('a chunk gives back what its strings have left behind, where that is worth it', () => {
    const chunk = new ArenaChunk(100, 16);
    for (let row = 0; row < 100; row++) chunk.set(row, filled(1_000, row));
    chunk.trim();
    const before = chunk.memoryBytes;
    for (let row = 0; row < 5; row++) chunk.clear(row);
    chunk.shrink();
    expect(chunk.memoryBytes).toBe(before);
    for (let row = 5; row < 30; row++) chunk.clear(row);
    expect(chunk.memoryBytes).toBe(before);
    chunk.shrink();
    expect(chunk.memoryBytes).toBe(before - 30 * 1_002);
    for (let row = 30; row < 100; row++) expect(get(chunk, row)).toEqual(filled(1_000, row));
  });
});

describe('a chunk that can hold so many bytes', () => {
  // One byte is for the empty string, and each string has one for its length.
  const bytesMax = 1 + 4 * 101;
  const full = () => {
    const chunk = new ArenaChunk(8, 16, bytesMax);
    for (let row = 0; row < 4; row++) chunk.set(row, filled(100, row));
    return chunk;
  };
  const refusal = { code: Code.resourceExhausted, reason: 'CHUNK_FULL' };

  test('holds them, and one more it refuses, with the row as it was', () => {
    const chunk = full();
    expect(chunk.liveBytes).toBe(bytesMax);
    expect(() => chunk.set(4, filled(1, 1))).toThrow(expect.objectContaining(refusal));
    expect(() => chunk.set(3, filled(101, 1))).toThrow(expect.objectContaining(refusal));
    expect(get(chunk, 3)).toEqual(filled(100, 3));
    chunk.set(3, filled(100, 9));
    expect(get(chunk, 3)).toEqual(filled(100, 9));
  });

  test('has what strings left behind as room', () => {
    const chunk = full();
    chunk.clear(1);
    chunk.set(4, filled(60, 4));
    chunk.set(5, filled(39, 5));
    expect([0, 1, 2, 3, 4, 5].map((row) => get(chunk, row).length)).toEqual([
      100, 0, 100, 100, 60, 39,
    ]);
    expect(chunk.liveBytes).toBe(bytesMax);
  });

  test('takes no more of a snapshot either', () => {
    const out = new ByteWriter();
    full().save(0, 4, out);
    const saved = out.finish();
    const restored = new ArenaChunk(8, 16, bytesMax);
    restored.restore(0, 4, new ByteReader(saved, 'a chunk'));
    expect(get(restored, 2)).toEqual(filled(100, 2));
    const small = new ArenaChunk(8, 16, bytesMax - 1);
    expect(() => small.restore(0, 4, new ByteReader(saved, 'a chunk'))).toThrow(
      expect.objectContaining(refusal),
    );
  });
});
