import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import { readFixed, writeFixed } from '../../src/codec/fixed-column.ts';

function bytesOf(values: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  writeFixed(out, Float64Array.from(values), values.length);
  return out.finish();
}

function readAll(bytes: Uint8Array, count: number, limit = 2 ** 53): number[] {
  const reader = new ByteReader(bytes, 'test');
  const values = new Float64Array(count);
  readFixed(reader, values, count, limit, 'seq');
  expect(reader.done).toBe(true);
  return [...values];
}

describe('a column of numbers of one width', () => {
  test('gives back any safe integers', () => {
    const anything = fc.maxSafeNat();
    const near = fc.maxSafeNat().chain((least) => {
      const max = Math.min(2 ** 33, Number.MAX_SAFE_INTEGER - least);
      return fc.array(fc.integer({ min: 0, max }).map((more) => least + more));
    });
    fc.assert(
      fc.property(fc.oneof(fc.array(anything), near), (values) => {
        expect(readAll(bytesOf(values), values.length)).toEqual(values);
      }),
    );
  });

  test.each([
    [[], 2],
    [[7, 7, 7], 2],
    [[1_000, 1_255], 3 + 2],
    [[1_000, 1_256], 3 + 4],
    [[1, 65_536], 2 + 4],
    [[1, 65_537], 2 + 8],
    [[0, 0xffffffff], 2 + 8],
    [[0, 0x100000000], 1 + 16],
  ])('%j takes %i bytes', (values, length) => {
    expect(bytesOf(values)).toHaveLength(length);
  });

  test.each([
    [[3], 3],
    [[3], 4],
    [[1, 9], 9],
    [[1, 9], 10],
    [[5, 2 ** 40], 2 ** 40],
    [[5, 2 ** 40], 2 ** 40 + 1],
  ])('%j below %d', (values, limit) => {
    const bytes = bytesOf(values);
    if (Math.max(...values) < limit) expect(readAll(bytes, values.length, limit)).toEqual(values);
    else {
      expect(() => readAll(bytes, values.length, limit)).toThrow(
        'the column seq has a value out of range',
      );
    }
  });

  test.each([
    ['a width that there is not', [3, 0, 1, 2, 3], 'no such width'],
    ['a least value that leaves no room', [1, 255, 255, 255, 255, 255, 255, 255, 15, 1], 'range'],
    ['a double that is not whole', [8, ...new Uint8Array(Float64Array.of(0.5).buffer)], 'range'],
    ['a double below zero', [8, ...new Uint8Array(Float64Array.of(-1).buffer)], 'range'],
    ['no number', [8, ...new Uint8Array(Float64Array.of(Number.NaN).buffer)], 'range'],
    ['bytes that end too early', [4, 0, 1, 2], 'end too early'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => readAll(Uint8Array.from(bytes), 1)).toThrow(problem);
  });

  test('refuses or reads any bytes, without making room for more than there are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 6 }), (bytes, count) => {
        const values = new Float64Array(count);
        try {
          readFixed(new ByteReader(bytes, 'test'), values, count, 1_000, 'seq');
        } catch (error) {
          expect(error).toMatchObject({ reason: 'MALFORMED_BYTES' });
          return;
        }
        for (const value of values) {
          expect(Number.isSafeInteger(value) && value >= 0 && value < 1_000).toBe(true);
        }
      }),
    );
  });
});
