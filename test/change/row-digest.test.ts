import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { murmur32 } from '../../src/base/digest.ts';
import { addDigest, digestValue, rowDigest } from '../../src/change/row-digest.ts';

const two64 = 1n << 64n;
const rows = fc.array(
  fc.tuple(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.maxSafeNat(),
  ),
  { maxLength: 20 },
);

/** The sum as PROTOCOL.md describes it. */
function described(table: string, key: string, version: number): bigint {
  const bytes = Buffer.concat([
    Buffer.from(`${table}\0${key}\0`),
    Buffer.from(BigUint64Array.of(BigInt(version)).buffer),
  ]);
  const high = murmur32(bytes, 0, bytes.length, 0x53796e63);
  const low = murmur32(bytes, 0, bytes.length, 0x44423031);
  return (BigInt(high) << 32n) | BigInt(low);
}

describe('the digest of rows', () => {
  test('is the sum modulo 2^64 of what the protocol says of each', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const sum = { high: 0, low: 0 };
        for (const [table, key, version] of all) addDigest(sum, rowDigest(table, key, version), 1);
        const expected = all.reduce((total, row) => (total + described(...row)) % two64, 0n);
        expect(digestValue(sum)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('loses a row again exactly, in any order', () => {
    fc.assert(
      fc.property(rows, rows, (kept, gone) => {
        const sum = { high: 0, low: 0 };
        for (const row of [...kept, ...gone]) addDigest(sum, rowDigest(...row), 1);
        for (const row of [...gone].reverse()) addDigest(sum, rowDigest(...row), -1);
        const expected = { high: 0, low: 0 };
        for (const row of [...kept].reverse()) addDigest(expected, rowDigest(...row), 1);
        expect(sum).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('takes keys of any length', () => {
    const key = '€'.repeat(5_000);
    expect(digestValue(rowDigest('t', key, 7))).toBe(described('t', key, 7));
  });
});

test('sums carry between their halves', () => {
  const uint64 = fc.bigInt({ min: 0n, max: two64 - 1n });
  const halves = (value: bigint) => ({
    high: Number(value >> 32n),
    low: Number(value & 0xffffffffn),
  });
  fc.assert(
    fc.property(uint64, uint64, (left, right) => {
      const sum = halves(left);
      addDigest(sum, halves(right), 1);
      expect(digestValue(sum)).toBe((left + right) % two64);
      addDigest(sum, halves(right), -1);
      expect(digestValue(sum)).toBe(left);
    }),
  );
});
