import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteCodec, ByteStrings } from '../../../src/codec/byte-codec.ts';
import { ranked } from '../../../src/codec/codec.ts';
import { type Level, Plan } from '../../../src/codec/plan.ts';
import { anyByteStrings } from '../support/any-byte-strings.ts';
import { anyDamage, damaged, framesOf, readFrames, readOrLoss } from '../support/block-trip.ts';

const levels = fc.constantFrom<Level>('fast', 'balanced', 'small');

/** What every codec of byte strings keeps. It has to fit columns of `fitting`. */
export function byteContract(codec: ByteCodec, fitting: fc.Arbitrary<Uint8Array[]>): void {
  describe(`the byte codec ${codec.name}`, () => {
    test('judges and gives back the columns that it is for', () => {
      fc.assert(
        fc.property(fitting, levels, (values, level) => {
          expect(judged(codec, values, level)?.bits).toBeGreaterThanOrEqual(0);
          expect(tripWith(codec, values, planFor(codec, values, level))).toEqual(values);
        }),
        { numRuns: 60 },
      );
    });

    test('gives back any column that it takes, also with the plan of another one', () => {
      fc.assert(
        fc.property(
          fitting,
          anyByteStrings,
          anyByteStrings,
          levels,
          (first, second, third, level) => {
            const plan = planFor(codec, first, level);
            for (const values of [first, second, third, first]) {
              if (values.length === 0) continue;
              expect(tripWith(codec, values, plan) ?? values).toEqual(values);
            }
          },
        ),
        { numRuns: 150 },
      );
    });

    test('takes one value, and the same value everywhere', () => {
      fc.assert(
        fc.property(fitting, fc.integer({ min: 1, max: 40 }), ([value], count) => {
          const values = new Array<Uint8Array>(count).fill(value!);
          const plan = planFor(codec, values, 'balanced');
          expect(tripWith(codec, values, plan) ?? values).toEqual(values);
        }),
        { numRuns: 30 },
      );
    });

    test('refuses damaged bytes as such, or reads byte strings', () => {
      fc.assert(
        fc.property(fc.oneof(fitting, anyByteStrings), anyDamage, (values, fault) => {
          fc.pre(values.length > 0);
          const frames = framesWith(codec, values, planFor(codec, values, 'balanced'));
          if (frames === undefined) return;
          const read = readOrLoss(damaged(frames, fault), (reader) =>
            codec.read(reader, values.length),
          );
          if (read === 'lost') return;
          expect(read).toHaveLength(values.length);
          expect(read.every((value) => value instanceof Uint8Array)).toBe(true);
        }),
        { numRuns: 400 },
      );
    });
  });
}

function judged(codec: ByteCodec, values: readonly Uint8Array[], level: Level) {
  return ranked([codec], new ByteStrings(values), level)[0];
}

/** The plan that a column gets which is judged. */
function planFor(codec: ByteCodec, values: readonly Uint8Array[], level: Level): Plan {
  const plan = new Plan(level);
  const judgement = values.length > 0 ? judged(codec, values, level) : undefined;
  plan.choose(codec.id, judgement?.parameters ?? []);
  return plan;
}

function framesWith(codec: ByteCodec, values: readonly Uint8Array[], plan: Plan) {
  let fits = false;
  const frames = framesOf((out) => {
    fits = codec.write(out, new ByteStrings(values), plan);
  });
  return fits ? frames : undefined;
}

/** Undefined where it does not fit. */
function tripWith(codec: ByteCodec, values: readonly Uint8Array[], plan: Plan) {
  const frames = framesWith(codec, values, plan);
  return frames && readFrames(frames, (reader) => codec.read(reader, values.length));
}
