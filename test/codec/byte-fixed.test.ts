import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteStrings } from '../../src/codec/byte-codec.ts';
import { byteFixed } from '../../src/codec/byte-fixed.ts';
import { ranked } from '../../src/codec/codec.ts';
import { byteContract } from './contract/byte-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

byteContract(
  byteFixed,
  fc.integer({ min: 1, max: 64 }).chain((width) =>
    fc.array(fc.uint8Array({ minLength: width, maxLength: width }), {
      minLength: 1,
      maxLength: 80,
    }),
  ),
);

test.each([
  ['of different widths', [1, 2]],
  ['without bytes', [0, 0]],
  ['of more than 64 bytes', [65, 65]],
])('byte strings %s are not for it', (_what, widths) => {
  const values = widths.map((width) => new Uint8Array(width));
  expect(ranked([byteFixed], new ByteStrings(values), 'balanced')[0]).toBeUndefined();
});

test.each([0, 65])('a width of %d is refused', (width) => {
  const frames = framesOf((out) => out.head.varint(width));
  expect(() => readFrames(frames, (reader) => byteFixed.read(reader, 1))).toThrow('no such width');
});
