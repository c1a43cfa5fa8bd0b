import fc from 'fast-check';
import { expect, test } from 'vitest';
import { floatDecimal, floatDecimalSingle } from '../../src/codec/float-decimal.ts';
import { floatContract } from './contract/float-contract.ts';
import { framesOf, readAll } from './contract/trip.ts';

for (const codec of [floatDecimal, floatDecimalSingle]) {
  floatContract(codec, fc.tuple(fc.integer({ min: 0, max: 15 })));
}

/** What is read of two values with so many digits, of which some are odd at these distances; the others are 314. */
function readOf(exponent: number, distances: readonly number[]): number[] {
  const frames = framesOf((out) => {
    out.head.u8(exponent);
    out.head.varint(distances.length);
    for (const distance of distances) out.head.varint(distance);
    for (const _ of distances) out.head.double(1 / 3);
    // The whole numbers are 314 each: a constant.
    out.head.bytes(Uint8Array.of(12, 0xf4, 0x04));
  });
  return readAll(frames, (reader) => [...floatDecimal.read(reader, 2)]);
}

test('whole numbers are divided by a power of ten, and odd values stand as they are', () => {
  expect(readOf(2, [])).toEqual([3.14, 3.14]);
  expect(readOf(15, [1])).toEqual([314 / 1e15, 1 / 3]);
  expect(readOf(2, [0, 1])).toEqual([1 / 3, 1 / 3]);
});

test.each([
  ['more digits than there are', 16, [], 'too many digits'],
  ['an odd value behind the last', 2, [2], 'has no place'],
  ['two odd values in one place', 2, [1, 0], 'has no place'],
  ['an odd value far behind', 2, [0, Number.MAX_SAFE_INTEGER], 'has no place'],
])('%s is refused', (_, exponent, distances, problem) => {
  expect(() => readOf(exponent, distances)).toThrow(problem);
});
