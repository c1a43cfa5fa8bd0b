import { expect, test } from 'vitest';
import { wordsMax } from '../../src/codec/word-codes.ts';
import { wordsOf } from '../../src/codec/words.ts';

test('words are told by their places in the dictionary', () => {
  const { size, dictionary, places, count, counts } = wordsOf(['b a', 'c', 'b a b'], false)!;
  expect([...dictionary]).toEqual([0, 97, 0, 98, 0, 99]);
  expect([...places.subarray(0, count)]).toEqual([1, 0, 2, 1, 0, 1]);
  expect({ size, count, counts: [...counts] }).toEqual({ size: 3, count: 6, counts: [2, 1, 3] });
});

test('words of which none is much more frequent ascend', () => {
  const values = Array.from({ length: 900 }, (_, at) => `b${at % 450} a${(at * 7) % 450}`);
  const { dictionary } = wordsOf(values, false)!;
  expect([...dictionary.subarray(0, 5)]).toEqual([0, 97, 48, 1, 49]);
});

test('where some words are much more frequent, they come first', () => {
  const seldom = Array.from({ length: 2_000 }, (_, at) => `a${at}`);
  const values = seldom.map((word, at) => `zz zy zx ${word} ${seldom[(at * 7) % 2_000]}`);
  const { places, count } = wordsOf(values, false)!;
  expect([...places.subarray(0, 3)]).toEqual([2, 1, 0]);
  expect(count).toBe(10_000);
});

test('too many words are none', () => {
  const values = Array.from({ length: wordsMax + 1 }, (_, at) => at.toString(36));
  expect(wordsOf(values, false)).toBeUndefined();
});
