import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import { readTexts, TextPlaces } from '../../src/codec/text-places.ts';

test('texts have places in the order in which they first come, and are read again', () => {
  const places = new TextPlaces();
  expect(['b', 'b', 'a', '', 'b', 'ü'].map((text) => places.placeOf(text))).toEqual([
    0, 0, 1, 2, 0, 3,
  ]);
  const out = new ByteWriter();
  places.write(out);
  expect(readTexts(new ByteReader(out.finish(), 'test'))).toEqual(['b', 'a', '', 'ü']);
});

test('a count that is larger than the bytes is refused', () => {
  const reader = new ByteReader(Uint8Array.of(0xff, 0xff, 0x7f, 0), 'test');
  expect(() => readTexts(reader)).toThrow('a list is longer than the bytes');
});
