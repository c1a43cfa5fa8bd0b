import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasBit } from '../../src/table/bitmap.ts';
import { NumberChunk, type NumberStyle } from '../../src/table/number-chunk.ts';
import { inRange, numberRange, type RangeOperator } from '../../src/table/number-range.ts';

function chunkOf(style: NumberStyle, values: readonly number[]): NumberChunk {
  const chunk = new NumberChunk(style, 64);
  for (const [row, value] of values.entries()) chunk.set(row, value);
  return chunk;
}

describe('the width of a chunk', () => {
  test.each<[string, NumberStyle, number[], number]>([
    ['small integers', 'whole', [0, 5, -100], 1],
    ['integers far from 0 but near each other', 'whole', [1e12, 1e12 + 100], 1],
    ['a thousand', 'whole', [0, 1000], 2],
    ['a million', 'whole', [0, 1e6], 4],
    ['unsigned integers of 32 bits', 'whole', [0, 0xfffffff0], 4],
    ['integers further apart than 32 bits', 'whole', [0, 2 ** 40], 8],
    ['one decimal', 'decimal', [21.5, -3.7, 0], 2],
    ['coordinates with six decimals', 'decimal', [-89.123456, 179.999999, 0.000001], 4],
    ['ten decimals', 'decimal', [0.1234567891], 8],
    ['thirds', 'decimal', [1 / 3], 8],
    ['-0 and NaN beside others', 'decimal', [Number.NaN, -0, 1.5, 0, -12.5], 2],
    ['-0 and NaN alone', 'decimal', [-0, Number.NaN], 1],
    ['32-bit floats', 'float', [Math.fround(0.1), Infinity], 4],
  ])('fits %s', (_name, style, values, width) => {
    const chunk = chunkOf(style, values);
    expect(chunk.width).toBe(width);
    expect(chunk.memoryBytes).toBe(64 * width);
    expect(values.map((_, row) => chunk.get(row))).toEqual(values);
  });

  test.each([Infinity, -Infinity, 5e-324, Number.MAX_VALUE])(
    'is that of doubles where %d must be kept',
    (value) => {
      const chunk = chunkOf('decimal', [1.5, value, 2]);
      expect([0, 1, 2].map((row) => chunk.get(row))).toEqual([1.5, value, 2]);
      expect(chunk.width).toBe(8);
    },
  );

  test('is inherited by the next chunk', () => {
    const next = new NumberChunk('decimal', 64, chunkOf('decimal', [0.25, 100]));
    next.set(9, 50.75);
    expect(next.width).toBe(2);
    expect(next.get(9)).toBe(50.75);
  });

  test('narrows once the number that called for doubles is gone', () => {
    const chunk = chunkOf('decimal', [1.5, Infinity, Number.NaN, -0, 2]);
    chunk.narrow();
    expect(chunk.width).toBe(8);
    chunk.set(1, 3);
    chunk.narrow();
    expect(chunk.width).toBe(1);
    expect([0, 1, 2, 3, 4].map((row) => chunk.get(row))).toEqual([1.5, 3, Number.NaN, -0, 2]);
  });

  test('stays where doubles are called for by how far numbers are apart', () => {
    const chunk = chunkOf('decimal', [0.5, 2 ** 50]);
    chunk.narrow();
    expect(chunk.width).toBe(8);
    expect(chunkOf('whole', []).width).toBe(1);
  });
});

const decimals = fc.tuple(fc.integer(), fc.constantFrom(1, 10, 1e3, 1e6)).map(([n, d]) => n / d);
const numbers = fc.oneof(
  { weight: 8, arbitrary: decimals },
  { weight: 8, arbitrary: fc.integer({ min: -200, max: 200 }) },
  { weight: 2, arbitrary: fc.constantFrom(-0, Number.NaN) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
);

// Integers about the ends of a byte may be taken for those that stand for -0 and NaN.
const bounds = fc.oneof(numbers, fc.integer({ min: -130, max: 130 }), fc.constantFrom(0, -0));

test('every number comes back bit by bit, in whatever order they are put in', () => {
  const writes = fc.array(fc.tuple(fc.nat({ max: 63 }), numbers), { maxLength: 40 });
  fc.assert(
    fc.property(writes, writes, bounds, (first, second, bound) => {
      const expected = new Map<number, number>();
      const previous = new NumberChunk('decimal', 64);
      for (const [row, value] of first) previous.set(row, value);
      previous.narrow();
      const chunk = new NumberChunk('decimal', 32, previous);
      chunk.resize(64);
      for (const [row, value] of second) {
        chunk.set(row, value);
        expected.set(row, value);
      }
      for (const narrowed of [false, true]) {
        if (narrowed) chunk.narrow();
        for (const [row, value] of expected) expect(chunk.get(row)).toBe(value);
        // Dense and sparse selections take different ways.
        for (const rows of [
          [0xffffffff, 0xffffffff],
          [0x10001, 0],
        ]) {
          for (const operator of ['eq', 'lt', 'le', 'gt', 'ge'] as const) {
            const range = numberRange(operator, bound);
            const selection = Uint32Array.from(rows);
            chunk.keep(range, selection);
            for (const [row, value] of expected) {
              const selected = hasBit(Uint32Array.from(rows), row);
              expect(hasBit(selection, row)).toBe(selected && inRange(range, value));
            }
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('bounds next to a fraction, or at it, part the fractions exactly', () => {
  // 0.07 * 100 is more than 7, and 0.29 and the double above it both give 29 times 100.
  for (let start = 0; start < 1000; start += 64) {
    const values = Array.from({ length: 64 }, (_, row) => (start + row) / 100);
    const chunk = chunkOf('decimal', values);
    for (const value of values) {
      for (const bound of [value, value * (1 - 2 ** -53), value * (1 + 2 ** -52)]) {
        const range = numberRange('ge', bound);
        const selection = Uint32Array.of(0xffffffff, 0xffffffff);
        chunk.keep(range, selection);
        const kept = values.filter((_, row) => hasBit(selection, row));
        expect(kept).toEqual(values.filter((each) => each >= bound));
      }
    }
  }
});

test('-0 and NaN are not taken for the numbers whose integers stand for them', () => {
  // About 1,000 in a byte each, so that 873 and 872 would be the integers that stand for -0 and NaN.
  const values = [1000, 1050, -0, Number.NaN];
  const chunk = chunkOf('decimal', values);
  expect(chunk.width).toBe(1);
  const kept = (operator: RangeOperator, bound: number) => {
    const selection = Uint32Array.of(0xffffffff, 0xffffffff);
    chunk.keep(numberRange(operator, bound), selection);
    return values.filter((_, row) => hasBit(selection, row));
  };
  expect(kept('eq', 873)).toEqual([]);
  expect(kept('eq', 872)).toEqual([]);
  expect(kept('eq', 0)).toEqual([-0]);
  expect(kept('le', 5)).toEqual([-0]);
  expect(kept('lt', 0)).toEqual([]);
  expect(kept('gt', 5)).toEqual([1000, 1050, Number.NaN]);
  expect(kept('ge', -5)).toEqual(values);
});
