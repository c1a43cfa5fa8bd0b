import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as bitmap from '../../src/table/bitmap.ts';

const rowsMax = 96;
const rowSets = fc.uniqueArray(fc.nat({ max: rowsMax - 1 })).map((rows) => new Set(rows));

function bitsOf(rows: Iterable<number>): bitmap.Bitmap {
  const bits = new Uint32Array(rowsMax / 32);
  for (const row of rows) bitmap.setBit(bits, row);
  return bits;
}

function rowsOf(bits: bitmap.Bitmap): Set<number> {
  const rows = new Set<number>();
  bitmap.forEachBit(bits, (row) => {
    rows.add(row);
  });
  return rows;
}

const both = (left: Set<number>, right: Set<number>) =>
  new Set([...left].filter((row) => right.has(row)));
const without = (left: Set<number>, right: Set<number>) =>
  new Set([...left].filter((row) => !right.has(row)));

test('a bitmap is a set of rows', () => {
  fc.assert(
    fc.property(rowSets, rowSets, (left, right) => {
      const after = (change: (target: bitmap.Bitmap, other: bitmap.Bitmap) => void) => {
        const target = bitsOf(left);
        change(target, bitsOf(right));
        return rowsOf(target);
      };
      expect(rowsOf(bitsOf(left))).toEqual(left);
      expect(after(bitmap.keepBits)).toEqual(both(left, right));
      expect(after(bitmap.dropBits)).toEqual(without(left, right));
      expect(after(bitmap.joinBits)).toEqual(new Set([...left, ...right]));
      expect(after((target) => bitmap.keepRows(target, (row) => right.has(row)))).toEqual(
        both(left, right),
      );
      expect(after((target) => right.forEach((row) => void bitmap.clearBit(target, row)))).toEqual(
        without(left, right),
      );
      expect(bitmap.countBits(bitsOf(left))).toBe(left.size);
      expect(bitmap.isEmptyBitmap(bitsOf(left))).toBe(left.size === 0);
      for (const row of right) expect(bitmap.hasBit(bitsOf(left), row)).toBe(left.has(row));
    }),
  );
});

test('rows are visited in ascending order', () => {
  const rows: number[] = [];
  bitmap.forEachBit(bitsOf([95, 0, 31, 32, 7]), (row) => {
    rows.push(row);
  });
  expect(rows).toEqual([0, 7, 31, 32, 95]);
});

test('a bitmap is sparse below one row in eight', () => {
  expect(bitmap.isSparse(bitsOf([1, 2, 3]))).toBe(true);
  const rows = Array.from({ length: 12 }, (_, row) => row);
  expect(bitmap.isSparse(bitsOf(rows.slice(1)))).toBe(true);
  expect(bitmap.isSparse(bitsOf(rows))).toBe(false);
});

test('a bitmap that grows keeps its rows', () => {
  const grown = bitmap.grownBitmap(bitsOf([0, 95]), 192);
  expect(grown).toHaveLength(6);
  expect(rowsOf(grown)).toEqual(new Set([0, 95]));
});
