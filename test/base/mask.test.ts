import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addToMask,
  emptyMask,
  fullMask,
  intersection,
  maskHas,
  maskIndexes,
  maskIsEmpty,
  maskOf,
  masksEqual,
  maskWords,
  removeFromMask,
  subtractFrom,
  unionInto,
} from '../../src/base/mask.ts';

const columnCount = 70;
const sets = fc.uniqueArray(fc.integer({ min: 0, max: columnCount - 1 }));
const ascending = (indexes: Iterable<number>) => [...indexes].sort((left, right) => left - right);

describe('a mask', () => {
  test('is a set of column indexes', () => {
    fc.assert(
      fc.property(sets, sets, sets, (first, second, third) => {
        const mask = maskOf(columnCount, first);
        const model = new Set(first);
        for (const index of second) {
          addToMask(mask, index);
          model.add(index);
        }
        for (const index of third) {
          removeFromMask(mask, index);
          model.delete(index);
        }
        expect(maskIndexes(mask)).toEqual(ascending(model));
        for (let index = 0; index < columnCount; index++) {
          expect(maskHas(mask, index)).toBe(model.has(index));
        }
        expect(maskIsEmpty(mask)).toBe(model.size === 0);
      }),
    );
  });

  test('has union, difference and intersection', () => {
    fc.assert(
      fc.property(sets, sets, (left, right) => {
        const theirs = new Set(right);
        const other = maskOf(columnCount, right);
        const union = maskOf(columnCount, left);
        unionInto(union, other);
        expect(maskIndexes(union)).toEqual(ascending(new Set([...left, ...right])));
        const difference = maskOf(columnCount, left);
        subtractFrom(difference, other);
        expect(maskIndexes(difference)).toEqual(
          ascending(left.filter((index) => !theirs.has(index))),
        );
        const both = intersection(maskOf(columnCount, left), other);
        expect(maskIndexes(both)).toEqual(ascending(left.filter((index) => theirs.has(index))));
        expect(maskIndexes(other)).toEqual(ascending(theirs));
      }),
    );
  });

  test('equals one with the same indexes and width', () => {
    expect(masksEqual(maskOf(40, [1, 33]), maskOf(40, [33, 1]))).toBe(true);
    expect(masksEqual(maskOf(40, [1]), maskOf(40, [2]))).toBe(false);
    expect(masksEqual(maskOf(32, [1]), maskOf(33, [1]))).toBe(false);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [32, 1],
  [33, 2],
  [512, 16],
])('%i columns take %i words', (columns, words) => {
  expect(maskWords(columns)).toBe(words);
  expect(emptyMask(columns)).toHaveLength(words);
});

test('the full mask has every column and no more', () => {
  for (const columns of [1, 31, 32, 33]) {
    expect(maskIndexes(fullMask(columns))).toEqual([...Array(columns).keys()]);
  }
});
