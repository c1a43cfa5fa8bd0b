import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFloat64SlotArray, createUint32SlotArray } from '../../src/change/slot-array.ts';

/** Near the start, near the ends of chunks, and far away. */
const slots = fc.oneof(
  fc.nat({ max: 200 }),
  fc.integer({ min: 65_530, max: 65_540 }),
  fc.integer({ min: 131_070, max: 131_075 }),
);

describe.each([
  ['doubles', createFloat64SlotArray, fc.maxSafeNat()],
  ['unsigned 32-bit numbers', createUint32SlotArray, fc.nat({ max: 0xffffffff })],
] as const)('a slot array of %s', (_name, create, values) => {
  test('holds one number for each slot, 0 until it is set', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(slots, values), { maxLength: 30 }), slots, (writes, other) => {
        const array = create();
        const naive = new Map<number, number>();
        for (const [slot, value] of writes) {
          array.set(slot, value);
          naive.set(slot, value);
        }
        for (const slot of [...naive.keys(), other]) {
          expect(array.get(slot)).toBe(naive.get(slot) ?? 0);
        }
      }),
    );
  });

  test('takes many values at once, over the ends of chunks', () => {
    const array = create();
    array.set(2, 9);
    const values = Float64Array.from({ length: 70_000 }, (_, at) => at + 1);
    for (const first of [3, 70_003, 140_003]) array.setAll(first, values);
    array.setAll(1, new Float64Array(0));
    const slots = [0, 2, 3, 65_535, 65_536, 70_002, 70_003, 131_072, 210_002, 210_003];
    expect(slots.map((slot) => array.get(slot))).toEqual([
      0, 9, 1, 65_533, 65_534, 70_000, 1, 61_070, 70_000, 0,
    ]);
  });

  test('grows by doubling within its first chunk, then by whole chunks', () => {
    const array = create();
    const width = create === createFloat64SlotArray ? 8 : 4;
    const sizes: number[] = [array.memoryBytes / width];
    for (const slot of [0, 63, 64, 128, 65_535, 65_536, 200_000]) {
      array.set(slot, 1);
      sizes.push(array.memoryBytes / width);
    }
    expect(sizes).toEqual([0, 64, 64, 128, 256, 65_536, 131_072, 262_144]);
  });
});
