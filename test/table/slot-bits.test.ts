import { expect, test } from 'vitest';
import { createLayout } from '../../src/table/layout.ts';
import { createSlotBits } from '../../src/table/slot-bits.ts';
import { smallSettings } from './support/table-values.ts';

test('a bit is off until it is set, in whatever chunk', () => {
  const bits = createSlotBits(createLayout(smallSettings));
  expect(bits.has(200)).toBe(false);
  expect(bits.bitmap(3)).toBeUndefined();
  bits.remove(200);
  bits.add(200);
  expect(bits.has(200)).toBe(true);
  expect(bits.has(201)).toBe(false);
  expect([...bits.bitmap(3)!]).toEqual([1 << 8, 0]);
  expect(bits.bitmap(2)).toBeUndefined();
  bits.remove(200);
  expect(bits.has(200)).toBe(false);
});

test('bits stay when the first chunk grows', () => {
  const layout = createLayout(smallSettings);
  const bits = createSlotBits(layout);
  bits.resize();
  bits.add(31);
  expect(bits.memoryBytes).toBe(4);
  layout.makeRoom(32);
  bits.resize();
  bits.add(63);
  expect([bits.has(31), bits.has(32), bits.has(63)]).toEqual([true, false, true]);
  expect(bits.memoryBytes).toBe(8);
});
