import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareUtf8,
  decodeUtf8,
  encodeUtf8,
  encodeUtf8Into,
  utf8Length,
} from '../../src/base/utf8.ts';

/** Well-formed strings of every width of characters, on both sides of the length where the way changes. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary-ascii', minLength: 20, maxLength: 28 }),
  fc
    .tuple(
      fc.string({ unit: 'binary-ascii', maxLength: 24 }),
      fc.constantFrom('é', '€', '😀', '￿', '\ufeff'),
    )
    .map(([text, last]) => text + last),
);

describe('UTF-8', () => {
  test('is what TextEncoder and Buffer make of it', () => {
    fc.assert(
      fc.property(texts, fc.nat({ max: 5 }), (text, offset) => {
        const expected = Buffer.from(text, 'utf8');
        expect(Buffer.compare(encodeUtf8(text), expected)).toBe(0);
        expect(utf8Length(text)).toBe(expected.length);
        const target = new Uint8Array(offset + text.length * 3 + 2).fill(0xee);
        expect(encodeUtf8Into(text, target, offset)).toBe(expected.length);
        const end = offset + expected.length;
        expect(Buffer.compare(target.subarray(offset, end), expected)).toBe(0);
        expect([...target.subarray(0, offset)]).toEqual(Array(offset).fill(0xee));
        expect(target[end]).toBe(0xee);
      }),
      { numRuns: 300 },
    );
  });

  test('comes back as it was, also out of the middle of other bytes', () => {
    fc.assert(
      fc.property(texts, fc.nat({ max: 5 }), (text, offset) => {
        const bytes = new Uint8Array([...Array(offset).fill(0xff), ...encodeUtf8(text), 0xff]);
        expect(decodeUtf8(bytes, offset, bytes.length - 1)).toBe(text);
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('that is not well formed throws, whatever its length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
        let expected: string | undefined;
        try {
          expected = strict.decode(bytes);
        } catch {
          expected = undefined;
        }
        if (expected === undefined) expect(() => decodeUtf8(bytes)).toThrow(TypeError);
        else expect(decodeUtf8(bytes)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('orders strings by their bytes', () => {
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(Math.sign(compareUtf8(left, right))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['\uffff', '😀', -1],
    ['😀', '\ue000', 1],
    ['a', 'ab', -1],
    ['😀', '😁', -1],
    ['', '', 0],
  ])('orders %j and %j by code points, which UTF-16 does not', (left, right, order) => {
    expect(Math.sign(compareUtf8(left, right))).toBe(order);
  });
});
