import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { joinedUtf8 } from '../../src/codec/joined-texts.ts';
import { cutWords } from '../../src/codec/word-cutter.ts';
import { type JoinedWords, joinWords } from '../../src/codec/word-joiner.ts';
import { proseText } from './support/prose.ts';

const reader = (valuesMax = 100_000) => new BlockReader([Uint8Array.of(0)], valuesMax);

function wordsOf(distinct: readonly string[], strings: number[][], capitals = false): JoinedWords {
  const ends = distinct.map((_, at) => encodeUtf8(distinct.slice(0, at + 1).join('')).length);
  return {
    dictionary: { bytes: encodeUtf8(distinct.join('')), starts: Int32Array.of(0, ...ends) },
    counts: Float64Array.from(strings, ({ length }) => length),
    places: Uint16Array.from(strings.flat()),
    capitals,
  };
}

test('words are joined with a space between each two', () => {
  const words = ['', 'the', 'pump', ', ', '. '];
  const strings = [[1, 2], [1, 3, 2], [1, 0, 2], [4, 1], [], [2]];
  expect(joinWords(reader(), wordsOf(words, strings))).toEqual([
    ...['the pump', 'the, pump', 'thepump', '. the', '', 'pump'],
  ]);
});

test('where capital letters are expected, a word has one at the beginning of a sentence', () => {
  const words = ['', 'the', 'Pump', ', ', '. ', 'é'];
  const strings = [
    [1, 1],
    [0, 1, 4, 1],
    [2, 3, 1],
    [4, 0, 1],
    [5, 1],
  ];
  expect(joinWords(reader(), wordsOf(words, strings, true))).toEqual([
    ...['The the', 'the. The', 'Pump, the', '. the', 'é the'],
  ]);
});

test('what was cut is joined again', () => {
  fc.assert(
    fc.property(fc.array(proseText), fc.boolean(), (values, capitals) => {
      const joined = joinedUtf8(values);
      const { index, places, count, counts } = cutWords(joined, capitals)!;
      const { starts, lengths, size } = index;
      const bytes: number[] = [];
      const begins = [0];
      for (let place = 0; place < size; place++) {
        bytes.push(...joined.bytes.subarray(starts[place], starts[place]! + lengths[place]!));
        begins.push(bytes.length);
      }
      const dictionary = { bytes: Uint8Array.from(bytes), starts: Int32Array.from(begins) };
      const read = { dictionary, counts, places: Uint16Array.from(places.subarray(0, count)) };
      expect(joinWords(reader(), { ...read, capitals })).toEqual(values);
    }),
    { numRuns: 300 },
  );
});

test('long strings of few words are counted', () => {
  const words = wordsOf(['x'.repeat(79)], [new Array<number>(100).fill(0)]);
  expect(joinWords(reader(1_000), words)[0]).toHaveLength(7_999);
  expect(() => joinWords(reader(999), words)).toThrow('there are too many values');
});
