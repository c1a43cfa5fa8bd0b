import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../../src/base/utf8.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { joinedUtf8 } from '../../src/codec/joined-texts.ts';
import { cutWords } from '../../src/codec/word-cutter.ts';
import { readWordDictionary, wordDictionaryBytes } from '../../src/codec/word-dictionary.ts';

/** Each of these is one word. */
function written(words: readonly string[]): Uint8Array {
  const joined = joinedUtf8(words);
  const { index, places } = cutWords(joined, false)!;
  return wordDictionaryBytes(joined.bytes, index, places.subarray(0, words.length));
}

function read(source: Uint8Array, size: number, valuesMax = 10_000): string[] {
  const reader = new BlockReader([Uint8Array.of(0)], valuesMax);
  const { bytes, starts } = readWordDictionary(reader, source, size);
  return Array.from(starts.subarray(1), (end, at) => decodeUtf8(bytes, starts[at], end));
}

test('words come back', () => {
  const word = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'b', 'é', 'è', '水', '😀'),
      minLength: 1,
      maxLength: 8,
    }),
    fc.string({ unit: fc.constantFrom('\0', '\n', '\u001f', ' ', '-'), minLength: 1 }),
    fc.constantFrom('x'.repeat(31), 'x'.repeat(32), `${'x'.repeat(31)}y`),
  );
  fc.assert(
    fc.property(fc.uniqueArray(word), (words) => {
      expect(read(written(words), words.length)).toEqual(words);
    }),
  );
});

test('what a word shares with the one before it is one byte', () => {
  expect([...written(['pump', 'pumps', 'put'])]).toEqual([
    ...[0, ...encodeUtf8('pump')],
    ...[4, ...encodeUtf8('s')],
    ...[2, ...encodeUtf8('t')],
  ]);
});

describe('words are refused', () => {
  test.each([
    ['that share too much', [0, 97, 2], 2, 'a word shares too much'],
    ['of which the first one shares something', [1, 97], 1, 'a word shares too much'],
    ['that begin with bytes of none', [97], 1, 'a word shares too much'],
    ['that are more than they should be', [0, 97, 0, 98], 1, 'a word shares too much'],
    ['that are fewer than they should be', [0, 97, 98], 2, 'words are missing'],
    ['that are more than there are bytes', [0], 2, 'there are too many words'],
    ['with half an escape', [0, 31], 1, 'a word has no such character'],
    ['with an escape of what needs none', [0, 31, 97], 1, 'a word has no such character'],
    ['that are not UTF-8', [0, 0xc3], 1, 'a word is not UTF-8'],
    ['that end within a character', [0, 0xc3, 0, 0xa9], 2, 'a word is not UTF-8'],
  ])('%s', (_what, bytes, size, problem) => {
    expect(() => read(Uint8Array.from(bytes), size)).toThrow(problem);
  });

  test('that get long of few bytes', () => {
    const bytes = Uint8Array.of(0, ...encodeUtf8('x'.repeat(30)), ...new Array(1_000).fill(30));
    expect(read(bytes, 1_001)).toHaveLength(1_001);
    expect(() => read(bytes, 1_001, 1_000)).toThrow('there are too many values');
  });
});
