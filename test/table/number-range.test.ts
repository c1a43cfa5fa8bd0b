import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareCells } from '../../src/schema/cell.ts';
import { hasBit } from '../../src/table/bitmap.ts';
import { orderHolds } from '../../src/table/filter.ts';
import {
  inRange,
  isRangeOperator,
  keepInRange,
  numberRange,
  type RangeOperator,
} from '../../src/table/number-range.ts';

const operators: readonly RangeOperator[] = ['eq', 'lt', 'le', 'gt', 'ge'];
const edges = [
  0,
  -0,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  1,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
];
const numbers = fc.oneof(fc.constantFrom(...edges, Number.NaN), fc.double(), fc.integer());

describe.each(operators)('%s', (operator) => {
  test('holds for the numbers that compare so with the bound', () => {
    fc.assert(
      fc.property(numbers, numbers, (value, bound) => {
        const expected = orderHolds(operator, compareCells('double', value, bound));
        expect(inRange(numberRange(operator, bound), value)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps the same rows of a selection, and never one that was not selected', () => {
    const values = fc.array(numbers, { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(values, numbers, fc.nat({ max: 0xffffffff }), (list, bound, word) => {
        const range = numberRange(operator, bound);
        const selection = new Uint32Array([word, 0]);
        keepInRange(Float64Array.from(list), range, selection);
        for (let row = 0; row < 32; row++) {
          const selected = ((word >>> row) & 1) === 1;
          expect(hasBit(selection, row)).toBe(selected && inRange(range, list[row]!));
        }
        expect(selection[1]).toBe(0);
      }),
    );
  });
});

test('other operators are no ranges', () => {
  expect(operators.every(isRangeOperator)).toBe(true);
  expect(['ne', 'in', 'absent', 'starts-with'].some(isRangeOperator)).toBe(false);
});
