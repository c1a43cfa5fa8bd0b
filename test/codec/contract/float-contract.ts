import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockWriter } from '../../../src/codec/block-writer.ts';
import type { FloatCodec } from '../../../src/codec/float-codec.ts';
import { floatsOf } from '../../../src/codec/floats.ts';
import { Plan } from '../../../src/codec/plan.ts';
import { lengths } from './columns.ts';
import { damage, damaged, framesOf, readAll, readDamaged } from './trip.ts';

/** The ends of what floats are, and what decimal fractions go wrong with. */
const odd = fc.constantFrom(
  ...[0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    2.2250738585072014e-308,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
  ],
  ...[
    Number.EPSILON,
    1 / 3,
    0.1 + 0.2,
    1e-15,
    1e15,
    1e21,
    2 ** 53,
    2 ** 53 - 1,
    -(2 ** 53),
    4.35,
    1.005,
  ],
);

const single = fc.oneof(
  fc.float(),
  fc.constantFrom(-0, 1.401298464324817e-45, 3.4028234663852886e38, Math.fround(0.1), Number.NaN),
);

const decimal = fc
  .tuple(fc.integer({ min: -99_999, max: 999_999 }), fc.nat(6))
  .map(([whole, exponent]) => whole / 10 ** exponent);

/** Columns of floats of every sort. */
export const floats: fc.Arbitrary<number[]> = lengths.chain((length) => {
  const many = (one: fc.Arbitrary<number>) =>
    fc.array(one, { minLength: length, maxLength: length });
  const few = (one: fc.Arbitrary<number>) =>
    fc.array(one, { minLength: 1, maxLength: 5 }).chain((all) => many(fc.constantFrom(...all)));
  return fc.oneof(
    many(fc.oneof(fc.double(), odd)),
    many(single),
    many(decimal),
    many(fc.oneof({ weight: 12, arbitrary: decimal }, odd)),
    many(decimal.map(Math.fround)),
    few(fc.oneof(fc.double(), odd, decimal)),
  );
});

/** What every codec of floats keeps, whatever it was planned for: `parameters` are those that it may be planned with. */
export function floatContract(
  codec: FloatCodec,
  parameters: fc.Arbitrary<readonly number[]>,
): void {
  describe(`the codec ${codec.name} of floats`, () => {
    test('gives back the bits of any values that it takes, with any plan', () => {
      fc.assert(
        fc.property(floats, parameters, (values, planned) => {
          const frames = written(codec, values, planned);
          if (frames !== undefined) expect(read(codec, values.length, frames)).toEqual(values);
        }),
        { numRuns: 1_000 },
      );
    });

    test('gives back what it judges, with the plan that it makes', () => {
      fc.assert(
        fc.property(floats, (values) => {
          const column = floatsOf(Float64Array.from(values), values.length);
          const judgement = codec.judge(column, 'balanced', Number.POSITIVE_INFINITY);
          if (judgement === undefined) return;
          expect(judgement.bits).toBeGreaterThanOrEqual(0);
          const frames = written(codec, values, judgement.parameters);
          if (frames !== undefined) expect(read(codec, values.length, frames)).toEqual(values);
        }),
        { numRuns: 500 },
      );
    });

    test('refuses damaged bytes, or reads as many floats', () => {
      fc.assert(
        fc.property(floats, parameters, damage, (values, planned, how) => {
          const frames = written(codec, values, planned);
          if (frames === undefined) return;
          const back = readDamaged(damaged(frames, how), (reader) =>
            codec.read(reader, values.length),
          );
          if (back === undefined) return;
          expect(back).toHaveLength(values.length);
          expectOneNaN(back);
        }),
        { numRuns: 2_000 },
      );
    });

    test('refuses bytes of nobody, or reads as many floats', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 60 }),
          fc.integer({ min: 1, max: 9 }),
          (bytes, count) => {
            const frames = framesOf((out) => out.head.bytes(bytes));
            const back = readDamaged(frames, (reader) => codec.read(reader, count));
            if (back === undefined) return;
            expect(back).toHaveLength(count);
            expectOneNaN(back);
          },
        ),
        { numRuns: 2_000 },
      );
    });
  });
}

/** Every NaN has the same bits. */
function expectOneNaN(values: Float64Array): void {
  const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  values.forEach((value, at) => {
    if (Number.isNaN(value)) expect(bits[at]).toBe(0x7ff8_0000_0000_0000n);
  });
}

/** Undefined where the codec does not take them. */
function written(codec: FloatCodec, values: readonly number[], parameters: readonly number[]) {
  const out = new BlockWriter();
  const plan = new Plan('balanced');
  plan.choose(codec.id, parameters);
  if (!codec.write(out, floatsOf(Float64Array.from(values), values.length), plan)) return undefined;
  return out.frames().map(({ bytes }) => Uint8Array.from(bytes));
}

function read(codec: FloatCodec, count: number, frames: readonly Uint8Array[]): number[] {
  return readAll(frames, (reader) => [...codec.read(reader, count)]);
}
