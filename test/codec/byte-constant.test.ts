import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areSame, byteConstant } from '../../src/codec/byte-constant.ts';
import { readByteStrings, writeByteStrings } from '../../src/codec/byte-strings.ts';
import { Plan } from '../../src/codec/plan.ts';
import { byteContract } from './contract/byte-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

byteContract(
  byteConstant,
  fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 60 }))
    .map(([value, count]) => Array.from({ length: count }, () => value.slice())),
);

test('a column of one byte string is its codec and that, whatever was planned', () => {
  const plan = new Plan('balanced');
  plan.choose(2, []);
  const values = Array.from({ length: 1_000 }, () => Uint8Array.of(7, 9));
  const frames = framesOf((out) => writeByteStrings(out, values, plan));
  // Behind the length of the head: the codec, the length, the bytes.
  expect([...frames[0]!]).toEqual([4, byteConstant.id, 2, 7, 9]);
  expect(readFrames(frames, (reader) => readByteStrings(reader, 1_000))).toEqual(values);
});

test('one that differs, or is longer, is none of the same', () => {
  const one = Uint8Array.of(1);
  expect([areSame([]), areSame([one]), areSame([one, one.slice()])]).toEqual([false, true, true]);
  expect([areSame([one, Uint8Array.of(2)]), areSame([one, Uint8Array.of(1, 1)])]).toEqual([
    false,
    false,
  ]);
});
