import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { integersOf, isNarrow, sampledIntegers } from '../../src/codec/integer-codec.ts';
import { integersOfLength } from './contract/columns.ts';

describe('what is known of a column', () => {
  test('is its least and its largest value, and what divides all differences', () => {
    fc.assert(
      fc.property(integersOfLength(30), (values) => {
        const { least, most, divisor } = integersOf(Float64Array.from(values), 30);
        expect([least, most]).toEqual([Math.min(...values), Math.max(...values)]);
        if (!isNarrow({ least, most })) return;
        expect(divisor === 0).toBe(least === most);
        if (divisor === 0) return;
        const quotients = values.map((value) => (BigInt(value) - BigInt(least)) / BigInt(divisor));
        expect(values.map((value) => BigInt(value) - BigInt(least))).toEqual(
          quotients.map((each) => each * BigInt(divisor)),
        );
        // Nothing divides the quotients any more.
        const rest = quotients.reduce((left, right) => {
          let [a, b] = [left, right];
          while (b !== 0n) [a, b] = [b, a % b];
          return a;
        }, 0n);
        expect(rest).toBe(1n);
      }),
    );
  });

  test.each([3, 7, 60, 1_000, 86_400_000])('is found in long columns, too: %d', (times) => {
    const values = Float64Array.from({ length: 5_000 }, (_, at) => ((at * at) % 911) * times + 5);
    expect(integersOf(values, values.length).divisor).toBe(times);
    // The one value that is no multiple is not in the sample.
    values[200] = 6;
    expect(integersOf(values, values.length).divisor).toBe(1);
  });

  test('is told of no values and of one', () => {
    expect(integersOf(new Float64Array(0), 0)).toMatchObject({ least: 0, most: 0, divisor: 0 });
    expect(integersOf(Float64Array.of(7), 1)).toMatchObject({ least: 7, most: 7, divisor: 0 });
  });

  test('may be guessed from a sample', () => {
    const column = sampledIntegers(Float64Array.of(4, 8, 99), 2, 1_000);
    expect(column).toMatchObject({ least: 4, most: 8, divisor: 4, count: 1_000 });
    expect([...column.sample]).toEqual([4, 8]);
  });
});
