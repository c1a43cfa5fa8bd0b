import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dictionaryOf, sorted } from '../../src/codec/dictionary.ts';
import { anyTexts } from './support/any-texts.ts';

test('entries stand in the order in which they first come', () => {
  expect(dictionaryOf(['b', 'b', 'a', '', 'b', 'ü'])).toEqual({
    entries: ['b', 'a', '', 'ü'],
    places: Float64Array.of(0, 0, 1, 2, 0, 3),
  });
});

test('in either order each value is the entry at its place, and no entry is there twice', () => {
  fc.assert(
    fc.property(anyTexts, (values) => {
      const dictionary = dictionaryOf(values);
      for (const { entries, places } of [dictionary, sorted(dictionary)]) {
        expect([...places].map((place) => entries[place])).toEqual(values);
        expect(new Set(entries).size).toBe(entries.length);
      }
      const { entries } = sorted(dictionary);
      expect(entries).toEqual(entries.toSorted());
    }),
  );
});
