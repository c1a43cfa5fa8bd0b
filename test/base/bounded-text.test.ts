import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedName, boundedText, quoted } from '../../src/base/bounded-text.ts';

test('a text up to the limit stays as it is; what is longer ends in an ellipsis', () => {
  expect(boundedText('abc', 3)).toBe('abc');
  expect(boundedText('abcd', 3)).toBe('ab…');
  expect(boundedText('ab', 0)).toBe('…');
});

test('no character is cut in two', () => {
  expect(boundedText('ab😀', 4)).toBe('ab😀');
  expect(boundedText('ab😀c', 4)).toBe('ab…');
  expect(boundedText('a😀bc', 4)).toBe('a😀…');
});

test('is well formed and no longer than the limit, whatever it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.nat(20), (tail, head, lengthMax) => {
      for (const text of [head + tail, `${head}\uD800${tail}`, `${head}\uDC00${tail}\uD83D`]) {
        const bounded = boundedText(text, lengthMax);
        expect(bounded.isWellFormed()).toBe(true);
        expect(bounded.length).toBeLessThanOrEqual(Math.max(1, lengthMax));
      }
    }),
  );
});

test('of a name there are 200 characters at the most', () => {
  expect(boundedName('x'.repeat(200))).toBe('x'.repeat(200));
  expect(boundedName('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
  expect(quoted('a"b')).toBe('"a\\"b"');
  expect(quoted('x'.repeat(201))).toBe(`"${'x'.repeat(199)}…"`);
});
