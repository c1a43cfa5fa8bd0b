import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exponentMax, powerOfTen, scaled, scaledSingle } from '../../src/codec/decimal.ts';

const exponents = fc.integer({ min: 0, max: exponentMax });

describe('a float that is decimal', () => {
  test('has a whole number that by one division gives its bits', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer()), exponents, (value, exponent) => {
        const whole = scaled(value, powerOfTen(exponent));
        if (Number.isNaN(whole)) return;
        expect(Number.isSafeInteger(whole)).toBe(true);
        expect(whole).not.toBe(-0);
        expect(whole / powerOfTen(exponent)).toBe(value);
      }),
    );
  });

  test('is found where it was made of digits', () => {
    const digits = fc.tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.nat(7));
    fc.assert(
      fc.property(digits, ([whole, exponent]) => {
        const text = `${whole}e-${exponent}`;
        expect(scaled(Number(text) + 0, powerOfTen(exponent))).toBe(whole);
      }),
    );
  });

  test('may be a single, whose quotient is rounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999, max: 999_999 }), fc.nat(6), (whole, exponent) => {
        const value = Math.fround(whole / 10 ** exponent) + 0;
        const found = scaledSingle(value, powerOfTen(exponent));
        expect(Math.fround(found / powerOfTen(exponent))).toBe(value);
      }),
    );
  });

  test.each([
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.MIN_VALUE,
    Number.MAX_VALUE,
    2 ** 53,
    1 / 3,
    1e300,
  ])('is not %d', (value) => {
    for (let exponent = 0; exponent <= exponentMax; exponent++) {
      expect(scaled(value, powerOfTen(exponent))).toBeNaN();
    }
  });
});
