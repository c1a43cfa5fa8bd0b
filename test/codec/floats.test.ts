import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { floatCodecs, readFloats, writeFloats } from '../../src/codec/floats.ts';
import { type Level, Plan } from '../../src/codec/plan.ts';
import { floats } from './contract/float-contract.ts';
import { readAll } from './contract/trip.ts';

function framesIn(values: readonly number[], plan: Plan): Uint8Array[] {
  const out = new BlockWriter();
  writeFloats(out, Float64Array.from(values), values.length, plan);
  return out.frames().map(({ bytes }) => Uint8Array.from(bytes));
}

describe('columns of floats', () => {
  test('come back to the bit, also with plans that were made for others', () => {
    const levels = fc.constantFrom<Level>('fast', 'balanced', 'small');
    fc.assert(
      fc.property(fc.array(floats, { minLength: 1, maxLength: 3 }), levels, (batches, level) => {
        const plan = new Plan(level);
        for (const values of batches) {
          const frames = framesIn(values, plan);
          expect(readAll(frames, (reader) => [...readFloats(reader, values.length)])).toEqual(
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
    expect([...readAll(frames, (reader) => readFloats(reader, 0))]).toEqual([]);
  });

  test('have codecs with ids that are their places', () => {
    expect(floatCodecs.map(({ id }) => id)).toEqual(floatCodecs.map((_, at) => at));
  });

  const many = (valueAt: (at: number) => number) =>
    Array.from({ length: 2_000 }, (_, at) => valueAt(at));
  const few = [Math.PI, Math.E, Math.SQRT2, -0, Number.NaN];

  test.each([
    ['prices', 'decimal', many((at) => ((at * 7_919) % 10_007) / 100)],
    [
      'prices some of which are not there',
      'decimal',
      many((at) => (at % 50 ? ((at * 7_919) % 10_007) / 100 : Number.NaN)),
    ],
    [
      'prices as singles',
      'decimal single',
      many((at) => Math.fround(((at * 7_919) % 10_007) / 100)),
    ],
    ['sines as singles', 'single', many((at) => Math.fround(Math.sin(at)))],
    ['sines', 'double', many((at) => Math.sin(at))],
    ['few of any bits', 'codes', many((at) => few[(at * 7_919) % 5]!)],
  ])('of %s are written as %s', (_, name, values) => {
    const plan = new Plan('balanced');
    const frames = framesIn(values, plan);
    expect(floatCodecs[plan.codec]!.name).toBe(name);
    expect(readAll(frames, (reader) => [...readFloats(reader, values.length)])).toEqual(values);
  });
});
