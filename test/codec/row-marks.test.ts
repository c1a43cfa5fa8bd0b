import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { Plan } from '../../src/codec/plan.ts';
import {
  countMarks,
  type MarkLimits,
  type RowMarks,
  readMarks,
  writeMarks,
} from '../../src/codec/row-marks.ts';

const limits: MarkLimits = { writers: 5, scopeSets: 7, fieldSets: 3 };

const anyMarks: fc.Arbitrary<RowMarks> = fc
  .array(fc.nat({ max: 4 }), { maxLength: 50 })
  .chain((list) => {
    const kinds = Float64Array.from(list);
    const { known, filled, patched, own } = countMarks(kinds);
    const column = (count: number, value: fc.Arbitrary<number>) =>
      fc
        .array(value, { minLength: count, maxLength: count })
        .map((values) => Float64Array.from(values));
    return fc.record({
      kinds: fc.constant(kinds),
      numbers: column(kinds.length, fc.maxSafeNat()),
      versions: column(kinds.length, fc.maxSafeNat()),
      stamps: column(known, fc.maxSafeNat()),
      writers: column(known, fc.nat({ max: limits.writers - 1 })),
      scopeSets: column(filled + own, fc.nat({ max: limits.scopeSets - 1 })),
      fieldSets: column(patched, fc.nat({ max: limits.fieldSets - 1 })),
      counters: column(own, fc.maxSafeNat()),
      changes: column(own, fc.nat()),
    });
  });

function framesOf(marks: RowMarks): Uint8Array[] {
  const out = new BlockWriter();
  writeMarks(out, marks, new Plan('balanced'));
  return out.frames().map(({ bytes }) => bytes);
}

function read(marks: RowMarks, within: MarkLimits = limits): RowMarks {
  const reader = new BlockReader(framesOf(marks), 100_000);
  const result = readMarks(reader, marks.kinds.length, within);
  reader.end();
  return result;
}

describe('the marks of rows', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(anyMarks, (marks) => {
        expect(read(marks)).toEqual(marks);
      }),
    );
  });

  test('count what the kinds of rows have', () => {
    const kinds = Float64Array.of(0, 0, 1, 2, 3, 4);
    expect(countMarks(kinds)).toEqual({ known: 5, filled: 3, patched: 1, own: 1 });
  });

  test('take a few bytes where rows came one after the other', () => {
    const count = 1000;
    const rising = Float64Array.from({ length: count }, (_, index) => 5_000_000 + index);
    const none = new Float64Array(count);
    const marks: RowMarks = {
      ...{ kinds: none, numbers: rising, versions: rising.map((value) => value + 17) },
      ...{ stamps: rising.map((value) => value * 3), writers: none, scopeSets: none },
      ...{ fieldSets: new Float64Array(0), counters: new Float64Array(0) },
      changes: new Float64Array(0),
    };
    const bytes = framesOf(marks).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(80);
  });

  test.each([
    ['writers', 'writers'],
    ['scope sets', 'scopeSets'],
    ['field sets', 'fieldSets'],
  ] as const)('are refused where there are fewer %s than they name', (_, name) => {
    const one = Float64Array.of(1);
    const marks: RowMarks = {
      ...{ kinds: one, numbers: one, versions: one, stamps: one },
      ...{ writers: one, scopeSets: one, fieldSets: one },
      ...{ counters: new Float64Array(0), changes: new Float64Array(0) },
    };
    expect(read(marks, { ...limits, [name]: 2 })).toEqual(marks);
    expect(() => read(marks, { ...limits, [name]: 1 })).toThrow('a mark of a row is out of range');
  });

  test('are refused below 0', () => {
    const none = new Float64Array(0);
    const marks: RowMarks = {
      ...{ kinds: Float64Array.of(3), numbers: Float64Array.of(-1), versions: Float64Array.of(1) },
      ...{ stamps: none, writers: none, scopeSets: none, fieldSets: none },
      ...{ counters: none, changes: none },
    };
    expect(() => read(marks)).toThrow('a mark of a row is out of range');
  });
});
