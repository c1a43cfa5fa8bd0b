import { expect, test } from 'vitest';
import { sampleStringsMax } from '../../src/codec/sample-strings.ts';
import { charactersOf, Texts } from '../../src/codec/text-codec.ts';

test('a dictionary has all values, though only a sample says whether there is one', () => {
  const values = Array.from({ length: 3_000 }, (_, at) => `${at % 100}`);
  const texts = new Texts(values);
  expect(texts.sample).toHaveLength(sampleStringsMax);
  expect(texts.scale).toBe(3_000 / sampleStringsMax);
  expect(texts.dictionary?.entries).toHaveLength(100);
  expect(texts.dictionary).toBe(texts.dictionary);
});

test('of 16 strings one has to come again, or there is no dictionary', () => {
  const distinct = Array.from({ length: 15 }, (_, at) => `${at}`);
  expect(new Texts([...distinct, 'x']).dictionary).toBeUndefined();
  expect(new Texts([...distinct, '0']).dictionary?.entries).toEqual(distinct);
});

test('characters are those of the strings, and one for the end of each', () => {
  expect(charactersOf([])).toBe(0);
  expect(charactersOf(['a', '', 'bcd'])).toBe(7);
});
