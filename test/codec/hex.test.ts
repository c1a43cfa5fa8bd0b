import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { formatHex, isHex, parseHex } from '../../src/codec/hex.ts';

const placesOf = (count: number) => Uint8Array.from({ length: count }, (_, at) => 2 * at);

test('bytes are two digits each, in either case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.boolean(), (bytes, isUpper) => {
      const text = isUpper ? toHex(bytes).toUpperCase() : toHex(bytes);
      const out = new Uint8Array(text.length + 1);
      formatHex(bytes, 0, placesOf(bytes.length), isUpper, out, 1);
      expect(new TextDecoder().decode(out)).toBe(`\0${text}`);
      const back = new Uint8Array(bytes.length);
      expect(parseHex(`-${text}`, 1, back, 0, placesOf(bytes.length), isUpper)).toBe(true);
      expect(back).toEqual(bytes);
    }),
  );
});

test.each(['0g', 'g0', '0A', 'A0', '0é', '0ı', '0İ', ' 0'])('%s is no byte', (text) => {
  expect(parseHex(text, 0, new Uint8Array(1), 0, placesOf(1), false)).toBe(false);
  expect(parseHex(text.replace(/[A-F]/, 'a'), 0, new Uint8Array(1), 0, placesOf(1), true)).toBe(
    false,
  );
});

test('digits are those of either case', () => {
  const all = Array.from({ length: 0x200 }, (_, unit) => unit).filter(isHex);
  expect(String.fromCharCode(...all)).toBe('0123456789ABCDEFabcdef');
});
