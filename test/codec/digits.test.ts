import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalLength, isDigit, putDecimal } from '../../src/codec/digits.ts';

test('numbers of up to 15 digits are written with zeros before them', () => {
  const value = fc.oneof(
    fc.nat(),
    fc.integer({ min: 0, max: 10 ** 15 - 1 }),
    fc.nat({ max: 15 }).map((exponent) => 10 ** exponent - 1),
  );
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 15 }), (each, width) => {
      const text = String(each).padStart(width, '0');
      expect(decimalLength(each, width)).toBe(text.length);
      const bytes = new Uint8Array(text.length + 2);
      putDecimal(bytes, 1, each, text.length);
      expect(new TextDecoder().decode(bytes)).toBe(`\0${text}\0`);
    }),
    { numRuns: 500 },
  );
});

test('digits are those of ASCII', () => {
  const all = Array.from({ length: 0x700 }, (_, unit) => unit).filter(isDigit);
  expect(String.fromCharCode(...all)).toBe('0123456789');
});
