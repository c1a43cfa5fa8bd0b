import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockReader } from '../../../src/codec/block-reader.ts';
import { BlockWriter } from '../../../src/codec/block-writer.ts';
import { type IntegerCodec, integersOf } from '../../../src/codec/integer-codec.ts';
import { Plan } from '../../../src/codec/plan.ts';
import { columns, safeInteger } from './columns.ts';
import { damage, damaged, framesOf, readAll, readDamaged } from './trip.ts';

interface Column {
  readonly earlier: readonly (readonly number[])[];
  readonly values: readonly number[];
}

/** What every codec of whole numbers keeps, whatever it was planned for: `parameters` are those that it may be planned with. */
export function integerContract(
  codec: IntegerCodec,
  parameters: fc.Arbitrary<readonly number[]>,
): void {
  describe(`the codec ${codec.name} of integers`, () => {
    test('gives back any values that it takes, with any plan', () => {
      fc.assert(
        fc.property(columns, parameters, (column, planned) => {
          const frames = written(codec, column, planned);
          if (frames !== undefined) expect(read(codec, column, frames)).toEqual(column.values);
        }),
        { numRuns: 1_000 },
      );
    });

    test('gives back what it judges, with the plan that it makes', () => {
      fc.assert(
        fc.property(columns, fc.constantFrom('fast', 'balanced', 'small'), (column, level) => {
          const judgement = codec.judge(integersOfColumn(column), level, Number.POSITIVE_INFINITY);
          if (judgement === undefined) return;
          expect(judgement.bits).toBeGreaterThanOrEqual(0);
          const frames = written(codec, column, judgement.parameters);
          if (frames !== undefined) expect(read(codec, column, frames)).toEqual(column.values);
        }),
        { numRuns: 500 },
      );
    });

    test('takes one value, and as many of the same', () => {
      fc.assert(
        fc.property(
          safeInteger,
          fc.integer({ min: 1, max: 300 }),
          parameters,
          (value, count, planned) => {
            const values = new Array<number>(count).fill(value);
            const column = { earlier: [values, values], values };
            const frames = written(codec, column, planned);
            if (frames !== undefined) expect(read(codec, column, frames)).toEqual(values);
          },
        ),
      );
    });

    test('refuses damaged bytes, or reads as many safe integers', () => {
      fc.assert(
        fc.property(columns, parameters, damage, (column, planned, how) => {
          const frames = written(codec, column, planned);
          if (frames === undefined) return;
          const values = readDamaged(damaged(frames, how), (reader) => {
            readEarlier(reader, column);
            return codec.read(reader, column.values.length);
          });
          if (values === undefined) return;
          expect(values).toHaveLength(column.values.length);
          expect(values.every((value) => Number.isSafeInteger(value))).toBe(true);
        }),
        { numRuns: 2_000 },
      );
    });

    test('refuses bytes of nobody, or reads as many safe integers', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 60 }),
          fc.integer({ min: 1, max: 9 }),
          (bytes, count) => {
            const frames = framesOf((out) => out.head.bytes(bytes));
            const values = readDamaged(frames, (reader) => {
              for (let left = 2; left > 0; left--) {
                reader.lanes.push({ values: new Float64Array(count).fill(left), count });
              }
              return codec.read(reader, count);
            });
            if (values === undefined) return;
            expect(values).toHaveLength(count);
            expect(values.every((value) => Number.isSafeInteger(value))).toBe(true);
          },
        ),
        { numRuns: 2_000 },
      );
    });
  });
}

/** A codec that predicts a column needs one that has as many values. */
export function predictionContract(codec: IntegerCodec, planned: readonly number[]): void {
  const values = Array.from({ length: 20 }, (_, at) => (at * at) % 17);
  const column = { earlier: [values, values], values };

  describe(`what ${codec.name} predicts from`, () => {
    test('is there in this case', () => {
      const frames = written(codec, column, planned)!;
      expect(read(codec, column, frames)).toEqual(values);
    });

    test.each([
      ['no columns', []],
      [
        'columns of more values',
        [
          [...values, 1],
          [...values, 1],
        ],
      ],
      ['columns of fewer values', [values.slice(1), values.slice(1)]],
    ])('is not made up by an encoder where there are %s', (_, earlier) => {
      expect(written(codec, { earlier, values }, planned)).toBeUndefined();
    });

    test.each([
      ['no columns', []],
      [
        'columns of more values',
        [
          [...values, 1],
          [...values, 1],
        ],
      ],
      ['columns of fewer values', [values.slice(1), values.slice(1)]],
    ])('is not made up by a decoder where there are %s', (_, earlier) => {
      const frames = written(codec, column, planned)!;
      const reader = new BlockReader(frames, 1_000);
      readEarlier(reader, column);
      reader.lanes.length = 0;
      for (const lane of earlier) {
        reader.lanes.push({ values: Float64Array.from(lane), count: lane.length });
      }
      expect(() => codec.read(reader, values.length)).toThrow('predicted from none like it');
    });

    test('is not the column itself, or one behind it', () => {
      const frames = framesOf((out) => out.head.bytes(new Uint8Array(60)));
      const reader = new BlockReader(frames, 1_000);
      reader.lanes.push({ values: Float64Array.from(values), count: values.length });
      expect(() => codec.read(reader, values.length)).toThrow('predicted from none like it');
    });
  });
}

function integersOfColumn({ earlier, values }: Column) {
  const lanes = earlier.map((lane) => integersOf(Float64Array.from(lane), lane.length));
  return integersOf(Float64Array.from(values), values.length, lanes);
}

/** Undefined where the codec does not take them. */
function written(codec: IntegerCodec, column: Column, parameters: readonly number[]) {
  const out = new BlockWriter();
  const integers = integersOfColumn(column);
  for (const lane of integers.earlier) out.lanes.push(lane);
  const plan = new Plan('balanced');
  plan.choose(codec.id, parameters);
  if (!codec.write(out, integers, plan)) return undefined;
  return out.frames().map(({ bytes }) => Uint8Array.from(bytes));
}

function read(codec: IntegerCodec, column: Column, frames: readonly Uint8Array[]): number[] {
  return readAll(frames, (reader) => {
    readEarlier(reader, column);
    return [...codec.read(reader, column.values.length)];
  });
}

function readEarlier(reader: BlockReader, { earlier }: Column): void {
  for (const lane of earlier) {
    reader.lanes.push({ values: Float64Array.from(lane), count: lane.length });
  }
}
