import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8 } from '../../src/base/utf8.ts';
import { joinedUtf8 } from '../../src/codec/joined-texts.ts';
import { cutWords } from '../../src/codec/word-cutter.ts';
import { ascendingWords, frequentFirst } from '../../src/codec/word-order.ts';

function orders(values: readonly string[]) {
  const joined = joinedUtf8(values);
  const { index } = cutWords(joined, false)!;
  const ascending = ascendingWords(joined.bytes, index);
  const wordsIn = (order: Int32Array) =>
    Array.from(order, (place) => {
      const start = index.starts[place]!;
      return decodeUtf8(joined.bytes, start, start + index.lengths[place]!);
    });
  return { ascending: wordsIn(ascending), frequent: wordsIn(frequentFirst(ascending, index)) };
}

test('words ascend by their bytes', () => {
  const word = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\uffff', '😀'), minLength: 1, maxLength: 9 }),
    fc.string({ unit: fc.constantFrom('\0', ' ', '-'), minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(word), (words) => {
      const ascending = words.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(orders(words).ascending).toEqual(ascending);
    }),
  );
});

test('those that are twice as frequent come first', () => {
  const often = (word: string, times: number) => new Array<string>(times).fill(word);
  const values = [...often('c', 4), ...often('b', 7), ...often('a', 3), ...often('z', 8), 'd'];
  expect(orders(values)).toEqual({
    ascending: ['a', 'b', 'c', 'd', 'z'],
    frequent: ['z', 'b', 'c', 'a', 'd'],
  });
});
