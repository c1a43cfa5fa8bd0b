import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteStrings } from '../../src/codec/byte-codec.ts';
import { byteCodes } from '../../src/codec/byte-codes.ts';
import { bytePlain } from '../../src/codec/byte-plain.ts';
import { ranked } from '../../src/codec/codec.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { byteContract } from './contract/byte-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

byteContract(
  byteCodes,
  fc
    .array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 30 })
    .map((values) => [...values, ...values, ...values]),
);

test('long ones, and those that hardly come again, are not for it', () => {
  const distinct = Array.from({ length: 200 }, (_, at) => Uint8Array.of(at));
  expect(ranked([byteCodes], new ByteStrings(distinct), 'balanced')[0]).toBeUndefined();
  const long = new Array<Uint8Array>(9).fill(new Uint8Array(257));
  expect(ranked([byteCodes], new ByteStrings(long), 'balanced')[0]).toBeUndefined();
  expect(
    ranked([byteCodes], new ByteStrings(long.map((each) => each.subarray(1))), 'small')[0],
  ).toBeDefined();
});

describe('a column is refused', () => {
  test.each([
    ['with a code that stands for nothing', 1, [0, 1]],
    ['with more codes than values', 3, [0, 1]],
    ['without codes', 0, [0, 0]],
  ])('%s', (_what, size, places) => {
    const frames = framesOf((out) => {
      out.head.varint(size);
      out.head.u8(bytePlain.id);
      bytePlain.write(out, new ByteStrings([Uint8Array.of(1)]), new Plan('fast'));
      writeIntegers(out, Float64Array.from(places), places.length, new Plan('fast'));
    });
    expect(() => readFrames(frames, (reader) => byteCodes.read(reader, 2))).toThrow(/ code/);
  });
});
