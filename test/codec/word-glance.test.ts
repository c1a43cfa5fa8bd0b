import { describe, expect, test } from 'vitest';
import { glanceAtWords } from '../../src/codec/word-glance.ts';
import { sentences } from './support/prose.ts';

describe('capital letters are expected', () => {
  test.each([
    ['in prose', sentences(40), true],
    ['not where there are none', sentences(40).map((text) => text.toLowerCase()), false],
    ['not where all words have one', new Array(9).fill('The Pump Of Well Seven. Dry'), false],
    [
      'behind a stop',
      new Array(9).fill('7 the pump. Has a Leak. It is dry! Of oil?\nOr not'),
      true,
    ],
  ])('%s', (_what, values, expected) => {
    expect(glanceAtWords(values)!.capitals).toBe(expected);
  });
});

test('where each word is another one there is nothing to see', () => {
  expect(glanceAtWords(Array.from({ length: 99 }, () => crypto.randomUUID()))).toBeUndefined();
  expect(glanceAtWords(['one of a kind', 'quite another'])).toBeUndefined();
  expect(glanceAtWords(['', ''])).toBeUndefined();
});

test('it tells the bits of a character', () => {
  // Two bits for each of four words, and two for each of their lengths of 3 and what is between them.
  const words = ['the', 'dry', 'old', 'one'];
  const values = Array.from({ length: 256 }, (_, at) =>
    [at, at >> 2, at >> 4, at >> 6].map((each) => words[each & 3]).join(' '),
  );
  expect(glanceAtWords(values)!.bits).toBeCloseTo(8 / 15, 1);
});

test('a part of long strings is enough, in whatever character it ends', () => {
  const long = 'the pump of well 😀 '.repeat(100_000);
  for (const before of ['', 'x', 'xy']) expect(glanceAtWords([before + long])).toBeDefined();
});
