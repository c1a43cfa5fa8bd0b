import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areFew, readOddPlaces, writeOddPlaces } from '../../src/codec/odd-places.ts';
import { framesOf, readFrames, trip } from './support/block-trip.ts';

test('places come back', () => {
  const ascending = fc
    .uniqueArray(fc.nat({ max: 999 }))
    .map((places) => places.toSorted((left, right) => left - right));
  fc.assert(
    fc.property(ascending, (places) => {
      const read = trip<readonly number[]>(
        (out) => writeOddPlaces(out, places),
        (reader) => readOddPlaces(reader, 1_000),
      );
      expect(read).toEqual(places);
    }),
  );
});

test('one of eight is few', () => {
  expect([areFew(0, 0), areFew(0, 7), areFew(1, 8), areFew(1, 7), areFew(3, 23)]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

describe('places are refused', () => {
  test.each([
    ['behind the last value', [1, 10]],
    ['twice the same', [2, 3, 0]],
    ['more than there are bytes', [3, 1]],
  ])('%s', (_what, varints) => {
    const frames = framesOf((out) => {
      for (const each of varints) out.head.varint(each);
    });
    expect(() => readFrames(frames, (reader) => readOddPlaces(reader, 10))).toThrow('column block');
  });
});
