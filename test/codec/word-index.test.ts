import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import { WordIndex } from '../../src/codec/word-index.ts';

/** The places of words, whose hashes are as `hashOf` says. */
function placesOf(words: readonly string[], hashOf: (word: string) => number) {
  const index = new WordIndex(encodeUtf8(words.join('')));
  let start = 0;
  const places = words.map((word) => {
    const place = index.placeOf(start, word.length, hashOf(word));
    start += word.length;
    return place;
  });
  return { index, places };
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 });

test('a word has the place in which it first came, whatever has the same hash', () => {
  fc.assert(
    fc.property(fc.array(word), fc.integer({ min: 1, max: 5 }), (words, hashes) => {
      const distinct = [...new Set(words)];
      const { index, places } = placesOf(words, (each) => each.length % hashes);
      expect(places).toEqual(words.map((each) => distinct.indexOf(each)));
      expect(index.size).toBe(distinct.length);
      expect([...index.counts.subarray(0, index.size)]).toEqual(
        distinct.map((each) => words.filter((other) => other === each).length),
      );
    }),
  );
});

test('it grows with its words', () => {
  const words = Array.from({ length: 5_000 }, (_, at) => String(at));
  const { index, places } = placesOf([...words, ...words], Number);
  expect(places).toEqual([...words.keys(), ...words.keys()]);
  expect(index.isCrowded).toBe(false);
});

test('where hundreds have one hash, there is no place for more', () => {
  const words = Array.from({ length: 257 }, (_, at) => String(1_000 + at));
  expect(placesOf(words.slice(0, 256), () => 7).index.isCrowded).toBe(false);
  const { index, places } = placesOf(words, () => 7);
  expect(places.at(-1)).toBe(-1);
  expect(index.isCrowded).toBe(true);
});
