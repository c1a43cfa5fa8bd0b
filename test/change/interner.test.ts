import { expect, test } from 'vitest';
import { Interner } from '../../src/change/interner.ts';

test('gives each distinct string a number, for ever', () => {
  const interner = new Interner();
  expect(['a', '', 'a', 'b', ''].map((text) => interner.intern(text))).toEqual([0, 1, 0, 2, 1]);
  expect(['b', 'c'].map((text) => interner.find(text))).toEqual([2, undefined]);
  expect([interner.text(0), interner.text(1), interner.text(2)]).toEqual(['a', '', 'b']);
});

test('estimates its memory', () => {
  const interner = new Interner();
  expect(interner.memoryBytes).toBe(0);
  interner.intern('a'.repeat(1_000));
  expect(interner.memoryBytes).toBeGreaterThan(1_000);
});
