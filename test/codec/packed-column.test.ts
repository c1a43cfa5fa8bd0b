import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, toHex } from '../../src/base/bytes.ts';
import { readColumn, writeColumn } from '../../src/codec/packed-column.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

function encode(values: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  writeColumn(out, Float64Array.from([...values, 99]), values.length);
  return out.finish();
}

function decode(bytes: readonly number[] | Uint8Array, count: number, limit = 2 ** 53): number[] {
  const reader = new ByteReader(Uint8Array.from(bytes), 'packed batch');
  const values = [...readColumn(reader, count, limit, 'kind')];
  expect(reader.done).toBe(true);
  return values;
}

describe('a column', () => {
  test('gives back its values, in runs or not', () => {
    const runs = fc.array(fc.tuple(fc.maxSafeNat(), fc.integer({ min: 1, max: 9 })));
    fc.assert(
      fc.property(runs, (parts) => {
        const values = parts.flatMap(([value, count]) => Array<number>(count).fill(value));
        expect(decode(encode(values), values.length)).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  test.each<[string, number[], string]>([
    ['nothing where there are no values', [], ''],
    ['one value as a literal', [7], '02' + '07'],
    ['different values as literals', [1, 2, 300], '06' + '01' + '02' + 'ac02'],
    ['three equal values as literals', [5, 5, 5], '06' + '050505'],
    ['four equal values as a run', [5, 5, 5, 5], '09' + '05'],
    ['a run among literals', [1, 2, 2, 2, 2, 3], '02' + '01' + '09' + '02' + '02' + '03'],
    ['a long run in three bytes', Array<number>(1000).fill(9), 'd10f' + '09'],
  ])('is %s', (_what, values, hex) => {
    expect(toHex(encode(values))).toBe(hex);
  });

  test('of literals and runs in any order is read, however it was cut', () => {
    expect(decode([0x03, 5, 0x02, 5, 0x03, 6], 3)).toEqual([5, 5, 6]);
  });
});

describe('a column is refused', () => {
  test.each<[string, number[], number]>([
    ['whose span has no values', [0x00, 0x02, 1], 1],
    ['whose run has no values', [0x01, 1, 0x02, 1], 1],
    ['with more values than rows', [0x06, 1, 2, 3], 2],
    ['with a longer run than there are rows', [0x07, 1], 2],
    ['that ends too early', [0x04, 1], 2],
    ['that is not there', [], 1],
    ['with a literal out of range', [0x04, 1, 10], 2],
    ['with a run out of range', [0x05, 10], 2],
    ['with a number above 2^53', [0x02, 255, 255, 255, 255, 255, 255, 255, 127], 1],
  ])('%s', (_what, bytes, count) => {
    const error = syncErrorOf(() => decode(bytes, count, 10));
    expect(error.reason).toBe('MALFORMED_BYTES');
  });
});
