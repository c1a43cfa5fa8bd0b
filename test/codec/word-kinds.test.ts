import { expect, test } from 'vitest';
import { byteKinds, inWord, isLower, isUpper, notWord, stop } from '../../src/codec/word-kinds.ts';

const kindsOf = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => byteKinds[byte]);

test('letters, digits and what is not ASCII are in words', () => {
  expect(new Set(kindsOf("azAZ09_'é水😀\u00a0"))).toEqual(new Set([inWord]));
  expect(new Set(kindsOf('.!?\n'))).toEqual(new Set([stop]));
  expect(new Set(kindsOf(' ,;:-+/@[`{~\0\t\r\u007f"'))).toEqual(new Set([notWord]));
});

test('there are 26 letters of each case', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  expect(String.fromCharCode(...bytes.filter(isUpper))).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  expect(String.fromCharCode(...bytes.filter(isLower))).toBe('abcdefghijklmnopqrstuvwxyz');
});
