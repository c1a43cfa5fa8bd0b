import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteStrings, bytesOfKey } from '../../src/codec/byte-codec.ts';

test('a dictionary has a character for each byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
      const { dictionary, sample } = new ByteStrings([bytes, bytes]);
      expect(sample).toEqual([bytes, bytes]);
      expect(dictionary?.places).toEqual(Float64Array.of(0, 0));
      expect(dictionary?.entries.map(bytesOfKey)).toEqual([bytes]);
    }),
  );
});

test('there is none where hardly any comes again, or one is long', () => {
  const distinct = Array.from({ length: 15 }, (_, at) => Uint8Array.of(at));
  expect(new ByteStrings([...distinct, Uint8Array.of(99)]).dictionary).toBeUndefined();
  expect(new ByteStrings([...distinct, Uint8Array.of(0)]).dictionary?.entries).toHaveLength(15);
  const long = new Uint8Array(257);
  expect(new ByteStrings([long, long]).dictionary).toBeUndefined();
});
