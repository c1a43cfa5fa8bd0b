import { expect, test } from 'vitest';
import { WideChunk } from '../../src/table/wide-chunk.ts';

test.each([
  [false, -(2n ** 63n), 2n ** 63n - 1n],
  [true, 0n, 2n ** 64n - 1n],
])(
  '64-bit integers, unsigned %s, keep both ends of their range when it grows',
  (unsigned, low, high) => {
    const chunk = new WideChunk(32, unsigned);
    chunk.set(0, low);
    chunk.set(31, high);
    chunk.resize(64);
    expect([chunk.get(0), chunk.get(31), chunk.get(63)]).toEqual([low, high, 0n]);
    expect(chunk.memoryBytes).toBe(512);
  },
);
