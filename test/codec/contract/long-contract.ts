import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockWriter } from '../../../src/codec/block-writer.ts';
import { type LongCodec, longsOf } from '../../../src/codec/long-codec.ts';
import { Plan } from '../../../src/codec/plan.ts';
import { lengths } from './columns.ts';
import { damage, damaged, framesOf, readAll, readDamaged } from './trip.ts';

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const wrapped = (value: bigint) => BigInt.asIntN(64, value);

const ends = fc.constantFrom(
  ...[0n, 1n, -1n, int64.min, int64.min + 1n, int64.max, int64.max - 1n],
  ...[
    2n ** 53n - 1n,
    2n ** 53n,
    -(2n ** 53n),
    -(2n ** 53n) + 1n,
    2n ** 32n,
    2n ** 32n - 1n,
    -(2n ** 32n),
  ],
  ...[9_223_372_036_000_000_000n, -9_223_372_036_000_000_000n, 9_007_199_254_740_991_000n],
);

/** Columns of 64-bit integers of every sort; unsigned ones by their bits. */
export const longs: fc.Arbitrary<bigint[]> = lengths.chain((length) => {
  const many = (one: fc.Arbitrary<bigint>) =>
    fc.array(one, { minLength: length, maxLength: length });
  const near = fc.oneof(
    fc.bigInt({ min: 0n, max: 99_999n }),
    fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
  );
  const times = fc.constantFrom(1_000n, 1_000_000n, 1_000_000_000n);
  return fc.oneof(
    many(fc.oneof(ends, fc.bigInt(int64))),
    many(fc.bigInt({ min: -99_999n, max: 99_999n })),
    fc
      .tuple(many(near), fc.oneof(ends, fc.bigInt(int64)))
      .map(([each, first]) => each.map((value) => wrapped(first + value))),
    fc
      .tuple(many(near), times, fc.oneof(ends, fc.bigInt(int64)))
      .map(([each, unit, first]) =>
        each.map((value) => wrapped((first / unit) * unit + wrapped(value * unit))),
      ),
  );
});

/** What every codec of 64-bit integers keeps, whatever it was planned for: `parameters` are those that it may be planned with. */
export function longContract(codec: LongCodec, parameters: fc.Arbitrary<readonly number[]>): void {
  describe(`the codec ${codec.name} of 64-bit integers`, () => {
    test('gives back any values that it takes, with any plan', () => {
      fc.assert(
        fc.property(longs, parameters, (values, planned) => {
          const frames = written(codec, values, planned);
          if (frames !== undefined) expect(read(codec, values.length, frames)).toEqual(values);
        }),
        { numRuns: 1_000 },
      );
    });

    test('gives back what it judges, with the plan that it makes', () => {
      fc.assert(
        fc.property(longs, (values) => {
          const column = longsOf(BigInt64Array.from(values));
          const judgement = codec.judge(column, 'balanced', Number.POSITIVE_INFINITY);
          if (judgement === undefined) return;
          const frames = written(codec, values, judgement.parameters);
          if (frames !== undefined) expect(read(codec, values.length, frames)).toEqual(values);
        }),
        { numRuns: 500 },
      );
    });

    test('refuses damaged bytes, or reads as many integers', () => {
      fc.assert(
        fc.property(longs, parameters, damage, (values, planned, how) => {
          const frames = written(codec, values, planned);
          if (frames === undefined) return;
          const back = readDamaged(damaged(frames, how), (reader) =>
            codec.read(reader, values.length),
          );
          if (back !== undefined) expect(back).toHaveLength(values.length);
        }),
        { numRuns: 2_000 },
      );
    });

    test('refuses bytes of nobody, or reads as many integers', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 60 }),
          fc.integer({ min: 1, max: 9 }),
          (bytes, count) => {
            const frames = framesOf((out) => out.head.bytes(bytes));
            const back = readDamaged(frames, (reader) => codec.read(reader, count));
            if (back !== undefined) expect(back).toHaveLength(count);
          },
        ),
        { numRuns: 2_000 },
      );
    });
  });
}

/** Undefined where the codec does not take them. */
function written(codec: LongCodec, values: readonly bigint[], parameters: readonly number[]) {
  const out = new BlockWriter();
  const plan = new Plan('balanced');
  plan.choose(codec.id, parameters);
  if (!codec.write(out, longsOf(BigInt64Array.from(values)), plan)) return undefined;
  return out.frames().map(({ bytes }) => Uint8Array.from(bytes));
}

function read(codec: LongCodec, count: number, frames: readonly Uint8Array[]): bigint[] {
  return readAll(frames, (reader) => [...codec.read(reader, count)]);
}
