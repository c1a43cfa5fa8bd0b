import { describe, expect, test } from 'vitest';
import { createEnumForms, required, safeNumber } from '../../src/wire/checks.ts';
import { refusalOf } from '../support/schema-errors.ts';

test('a field that must be there is refused by its name where it is not', () => {
  expect(required(0, 'a.b')).toBe(0);
  expect(refusalOf(() => required(undefined, 'a.b'))).toEqual({
    reason: 'MISSING_FIELD',
    fields: ['a.b'],
  });
});

test('a uint64 is a number up to 2^53 - 1, and refused above', () => {
  expect(safeNumber(0n, 'n')).toBe(0);
  expect(safeNumber(2n ** 53n - 1n, 'n')).toBe(Number.MAX_SAFE_INTEGER);
  for (const value of [2n ** 53n, 2n ** 64n - 1n]) {
    expect(refusalOf(() => safeNumber(value, 'a.n'))).toEqual({
      reason: 'NUMBER_TOO_LARGE',
      fields: ['a.n'],
    });
  }
});

describe('an enum', () => {
  const forms = createEnumForms<'red' | 'green', number>({ red: 1, green: 7 });

  test('has a name for each number and a number for each name', () => {
    expect(forms.numberOf('green')).toBe(7);
    expect(forms.nameOf(7, 'color')).toBe('green');
    expect(forms.find(1)).toBe('red');
  });

  test.each([0, 2, -1, 8])('has no name for %d', (value) => {
    expect(forms.find(value)).toBeUndefined();
    expect(refusalOf(() => forms.nameOf(value, 'a.color'))).toEqual({
      reason: 'UNKNOWN_ENUM_VALUE',
      fields: ['a.color'],
    });
  });
});
