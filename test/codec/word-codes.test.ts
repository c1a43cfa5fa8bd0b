import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  readWordCodes,
  wordCodesBits,
  wordsMax,
  writeWordCodes,
} from '../../src/codec/word-codes.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

const framesWith = (places: readonly number[], size: number) =>
  framesOf((out) => writeWordCodes(out, Int32Array.from(places), places.length, size));

describe.each([1, 2, 255, 256, 257, 511, 512, 65_000, wordsMax])('of %d words', (size) => {
  test('places come back', () => {
    const place = fc.oneof(fc.nat(size - 1), fc.constantFrom(0, size - 1, size >> 1));
    fc.assert(
      fc.property(fc.array(place), (places) => {
        const read = readFrames(framesWith(places, size), (reader) =>
          readWordCodes(reader, places.length, size),
        );
        expect([...read]).toEqual(places);
      }),
    );
  });
});

test('a place below 256 takes a byte where there are no others, and the last one two where there are', () => {
  const bytes = (place: number, size: number) =>
    framesWith(new Array<number>(1_000).fill(place), size).reduce(
      (sum, { length }) => sum + length,
      0,
    );
  expect(bytes(255, 256)).toBeLessThan(1_010);
  expect(bytes(254, 257)).toBeLessThan(1_010);
  expect(bytes(255, 257)).toBeGreaterThan(2_000);
  expect(bytes(0, wordsMax)).toBeLessThan(1_010);
});

test('a place that is too high is refused', () => {
  const frames = framesWith([0, 299], 300);
  expect(() => readFrames(frames, (reader) => readWordCodes(reader, 2, 299))).toThrow(
    'a code stands for no word',
  );
});

test('words that occur as often as each other have the bits of their number', () => {
  const bits = wordCodesBits(new Array<number>(1_024).fill(64));
  expect(bits / (1_024 * 64)).toBeGreaterThan(10);
  expect(bits / (1_024 * 64)).toBeLessThan(10.2);
  expect(wordCodesBits([])).toBe(0);
});

test('frequent words in front take fewer bits', () => {
  const counts = Array.from({ length: 2_000 }, (_, at) => Math.ceil(50_000 / (at + 1)));
  expect(wordCodesBits(counts)).toBeLessThan(0.98 * wordCodesBits(counts.toReversed()));
});
