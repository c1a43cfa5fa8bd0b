import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { integerConstant } from '../../src/codec/integer-constant.ts';
import { longCodecs, readLongs, writeLongs } from '../../src/codec/longs.ts';
import { Plan } from '../../src/codec/plan.ts';
import { longs } from './contract/long-contract.ts';
import { readAll } from './contract/trip.ts';

function framesIn(values: readonly bigint[], plan: Plan): Uint8Array[] {
  const out = new BlockWriter();
  writeLongs(out, BigInt64Array.from(values), plan);
  return out.frames().map(({ bytes }) => Uint8Array.from(bytes));
}

describe('columns of 64-bit integers', () => {
  test('come back, also with plans that were made for others', () => {
    fc.assert(
      fc.property(fc.array(longs, { minLength: 1, maxLength: 3 }), (batches) => {
        const plan = new Plan('balanced');
        for (const values of batches) {
          const frames = framesIn(values, plan);
          expect(readAll(frames, (reader) => [...readLongs(reader, values.length)])).toEqual(
            values,
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('of no values take no bytes', () => {
    const frames = framesIn([], new Plan('balanced'));
    expect(frames).toEqual([Uint8Array.of(0)]);
    expect(readAll(frames, (reader) => readLongs(reader, 0))).toHaveLength(0);
  });

  test('have codecs with ids that are their places', () => {
    expect(longCodecs.map(({ id }) => id)).toEqual(longCodecs.map((_, at) => at));
  });

  const many = (valueAt: (at: bigint) => bigint) =>
    Array.from({ length: 2_000 }, (_, at) => valueAt(BigInt(at)));

  test.each([
    ['times of whole seconds', 'scaled', many((at) => (1_750_000_000n + at * at) * 1_000_000_000n)],
    [
      'times of which one is not',
      'scaled',
      many((at) => 1_750_000_000n * 1_000_000_000n + (at === 99n ? 1_000n : 0n)),
    ],
    [
      'times to the nanosecond',
      'offset',
      many((at) => 1_750_000_000_123_456_789n + at * 1_234_567n),
    ],
    ['what lies far apart', 'halves', many((at) => BigInt.asIntN(64, at * 0x9e37_79b9_7f4a_7c15n))],
  ])('of %s are written as %s', (_, name, values) => {
    const plan = new Plan('balanced');
    const frames = framesIn(values, plan);
    expect(longCodecs[plan.codec]!.name).toBe(name);
    expect(readAll(frames, (reader) => [...readLongs(reader, values.length)])).toEqual(values);
  });

  test('that come to more than 64 bits are refused', () => {
    for (const [exponent, number] of [
      [9, 9_223_372_037],
      [9, -9_223_372_037],
      [3, Number.MAX_SAFE_INTEGER],
    ] as const) {
      const out = new BlockWriter();
      out.head.u8(0);
      out.head.u8(exponent);
      out.head.u8(integerConstant.id);
      out.head.varint64((BigInt(number) << 1n) ^ (BigInt(number) >> 63n));
      const frames = out.frames().map(({ bytes }) => bytes);
      if (exponent === 3) expect(readAll(frames, (reader) => readLongs(reader, 1))).toHaveLength(1);
      else
        expect(() => readAll(frames, (reader) => readLongs(reader, 1))).toThrow(
          'more than 64 bits',
        );
    }
  });
});
