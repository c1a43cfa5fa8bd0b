import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ranked } from '../../../src/codec/codec.ts';
import { type Level, Plan } from '../../../src/codec/plan.ts';
import { type TextCodec, Texts } from '../../../src/codec/text-codec.ts';
import { anyTexts } from '../support/any-texts.ts';
import { anyDamage, damaged, framesOf, readFrames, readOrLoss } from '../support/block-trip.ts';

const levels = fc.constantFrom<Level>('fast', 'balanced', 'small');

/** What every text codec keeps. It has to fit columns of `fitting`. */
export function textContract(codec: TextCodec, fitting: fc.Arbitrary<string[]>): void {
  describe(`the text codec ${codec.name}`, () => {
    test('judges and gives back the columns that it is for', () => {
      fc.assert(
        fc.property(fitting, levels, (values, level) => {
          expect(judge(codec, values, level)).toBeGreaterThanOrEqual(0);
          expect(tripWith(codec, values, planFor(codec, values, level))).toEqual(values);
        }),
        { numRuns: 60 },
      );
    });

    test('gives back any column that it takes', () => {
      fc.assert(
        fc.property(anyTexts, levels, (values, level) => {
          fc.pre(values.length > 0);
          expect(tripWith(codec, values, planFor(codec, values, level)) ?? values).toEqual(values);
        }),
        { numRuns: 200 },
      );
    });

    test('gives back a column with the plan of another one', () => {
      fc.assert(
        fc.property(fitting, anyTexts, anyTexts, (first, second, third) => {
          const plan = planFor(codec, first, 'balanced');
          for (const values of [first, second, third, first]) {
            if (values.length === 0) continue;
            expect(tripWith(codec, values, plan) ?? values).toEqual(values);
          }
        }),
        { numRuns: 100 },
      );
    });

    test('takes one value, and the same value everywhere', () => {
      fc.assert(
        fc.property(fitting, fc.integer({ min: 1, max: 40 }), ([value], count) => {
          const values = new Array<string>(count).fill(value!);
          const plan = planFor(codec, values, 'balanced');
          expect(tripWith(codec, values, plan) ?? values).toEqual(values);
        }),
        { numRuns: 30 },
      );
    });

    test('refuses damaged bytes as such, or reads strings', () => {
      fc.assert(
        fc.property(fc.oneof(fitting, anyTexts), anyDamage, (values, fault) => {
          fc.pre(values.length > 0);
          const frames = framesWith(codec, values, planFor(codec, values, 'balanced'));
          if (frames === undefined) return;
          const read = readOrLoss(damaged(frames, fault), (reader) =>
            codec.read(reader, values.length),
          );
          if (read === 'lost') return;
          expect(read).toHaveLength(values.length);
          expect(read.every((value) => value.isWellFormed())).toBe(true);
        }),
        { numRuns: 400 },
      );
    });
  });
}

function judge(codec: TextCodec, values: readonly string[], level: Level): number | undefined {
  return ranked([codec], new Texts(values), level)[0]?.bits;
}

/** The plan that a column gets which is judged. */
function planFor(codec: TextCodec, values: readonly string[], level: Level): Plan {
  const plan = new Plan(level);
  const judgement = values.length > 0 ? ranked([codec], new Texts(values), level)[0] : undefined;
  plan.choose(codec.id, judgement?.parameters ?? []);
  return plan;
}

function framesWith(codec: TextCodec, values: readonly string[], plan: Plan) {
  let fits = false;
  const frames = framesOf((out) => {
    fits = codec.write(out, new Texts(values), plan);
  });
  return fits ? frames : undefined;
}

/** Undefined where it does not fit. */
function tripWith(codec: TextCodec, values: readonly string[], plan: Plan): string[] | undefined {
  const frames = framesWith(codec, values, plan);
  return frames && readFrames(frames, (reader) => codec.read(reader, values.length));
}
