import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberIndex } from '../../src/change/number-index.ts';

/** Few numbers close together, and some beyond 32 bits. */
const numbers = fc.oneof(
  fc.nat({ max: 60 }),
  fc.nat({ max: 60 }).map((number) => number + 2 ** 40),
  fc.maxSafeNat(),
);

test('finds the slot of each number, whatever came and went', () => {
  const steps = fc.array(fc.record({ number: numbers, remove: fc.boolean() }), {
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, (history) => {
      const numberAt: number[] = [];
      const index = new NumberIndex((slot) => numberAt[slot]!);
      const naive = new Map<number, number>();
      const free: number[] = [];
      for (const { number, remove } of history) {
        const slot = naive.get(number);
        if (slot === undefined) {
          const taken = free.pop() ?? numberAt.length;
          numberAt[taken] = number;
          index.add(taken);
          naive.set(number, taken);
        } else if (remove) {
          index.remove(number);
          naive.delete(number);
          free.push(slot);
        }
      }
      for (const { number } of history) expect(index.find(number)).toBe(naive.get(number) ?? -1);
      expect(index.find(61)).toBe(naive.get(61) ?? -1);
    }),
    { numRuns: 200 },
  );
});

test('a number that is not there is removed without harm', () => {
  const index = new NumberIndex((slot) => slot * 16);
  for (let slot = 0; slot < 5; slot++) index.add(slot);
  index.remove(7);
  index.remove(16);
  index.remove(16);
  expect([0, 16, 32, 48, 64].map((number) => index.find(number))).toEqual([0, -1, 2, 3, 4]);
});

test('grows by doubling, at three quarters', () => {
  const index = new NumberIndex((slot) => slot);
  const sizes = new Set<number>();
  for (let slot = 0; slot < 1_000; slot++) {
    index.add(slot);
    sizes.add(index.memoryBytes);
    expect(index.memoryBytes / 4).toBeGreaterThan(slot + 1);
  }
  expect([...sizes]).toEqual([16, 32, 64, 128, 256, 512, 1024, 2048].map((slots) => slots * 4));
});
