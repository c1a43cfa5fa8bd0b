import { expect, test } from 'vitest';
import { phrasesFactor } from '../../src/codec/word-phrases.ts';

/** Numbers that are as good as random. */
function drawn(count: number, below: number): Int32Array {
  let state = 1;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  });
}

test.each([100, 8_000, 8_193, 100_000])('%d words in any order are no dearer', (count) => {
  expect(phrasesFactor(drawn(count, 5_000), count)).toBeLessThan(1.01);
});

test.each([1_000, 8_000, 8_193, 100_000])('%d words of phrases are dearer', (count) => {
  const phrase = drawn(50, 5_000);
  const places = Int32Array.from({ length: count }, (_, at) => phrase[at % 50]!);
  expect(phrasesFactor(places, count)).toBeGreaterThan(2);
});

test('words that do not count are not looked at', () => {
  expect(phrasesFactor(new Int32Array(100), 0)).toBe(1);
  expect(phrasesFactor(new Int32Array(100).fill(1), 3)).toBe(1);
});
