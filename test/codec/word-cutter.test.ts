import { expect, test } from 'vitest';
import { decodeUtf8 } from '../../src/base/utf8.ts';
import { joinedUtf8 } from '../../src/codec/joined-texts.ts';
import { wordsMax } from '../../src/codec/word-codes.ts';
import { cutWords } from '../../src/codec/word-cutter.ts';

/** The words of each string. */
function cut(values: readonly string[], capitals = false): string[][] {
  const joined = joinedUtf8(values);
  const { index, places, count, counts } = cutWords(joined, capitals)!;
  const words = Array.from(places.subarray(0, count), (place) => {
    const start = index.starts[place]!;
    return decodeUtf8(joined.bytes, start, start + index.lengths[place]!);
  });
  let next = 0;
  return Array.from(counts, (each) => {
    next += each;
    return words.slice(next - each, next);
  });
}

test.each([
  ['one space between words is nothing', 'a b', ['a', 'b']],
  ['other spaces are words', ' a  b ', [' ', 'a', '  ', 'b', ' ']],
  ['what stands between words is one', 'a, b (c)', ['a', ', ', 'b', ' (', 'c', ')']],
  ['an apostrophe is in a word', "I don't", ['I', "don't"]],
  ['letters of any script are', 'naïve 水泵', ['naïve', '水泵']],
  ['nothing has no words', '', []],
])('%s', (_what, text, words) => {
  expect(cut([text])).toEqual([words]);
});

test('long words are several, and none divides a character', () => {
  const x = 'x'.repeat(32);
  expect(cut([`${x}y`, x])).toEqual([[x, '', 'y'], [x]]);
  expect(cut(['-'.repeat(33)])).toEqual([['-'.repeat(32), '-']]);
  const half = 'é'.repeat(15);
  expect(cut([`x${half}水!`, `x${half}é`])).toEqual([[`x${half}水`, '!'], [`x${half}é`]]);
});

test('capital letters that are expected are small ones', () => {
  expect(cut(['The Pump. It', 'the pump. it', '"É 7!A'], true)).toEqual([
    ['the', 'Pump', '. ', 'it'],
    ['', 'the', 'pump', '. ', '', 'it'],
    ['"', 'É', '7', '!', 'a'],
  ]);
});

test('so many different words are cut, and no more', () => {
  const words = Array.from({ length: wordsMax }, (_, at) => at.toString(36));
  expect(cutWords(joinedUtf8(words), false)!.index.size).toBe(wordsMax);
  expect(cutWords(joinedUtf8([...words, '-']), false)).toBeUndefined();
});
