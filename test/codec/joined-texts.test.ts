import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8 } from '../../src/base/utf8.ts';
import { joinedUtf8 } from '../../src/codec/joined-texts.ts';

test('each string stands in front of the end of a line', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (values) => {
      const { bytes, ends } = joinedUtf8(values);
      const starts = [0, ...Array.from(ends, (end) => end + 1)];
      expect(Array.from(ends, (end, at) => decodeUtf8(bytes, starts[at], end))).toEqual(values);
      expect(Array.from(ends, (end) => bytes[end])).toEqual(values.map(() => 0x0a));
      expect(bytes).toHaveLength(starts.at(-1)!);
    }),
  );
});

test('half a character is a fault of the caller', () => {
  expect(() => joinedUtf8(['a', '\ud83d'])).toThrow('a string has a lone surrogate');
});
