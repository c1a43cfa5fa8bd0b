import { describe, expect, test } from 'vitest';
import type { Bitmap } from '../../src/table/bitmap.ts';
import { createLayout } from '../../src/table/layout.ts';
import { createPresence, type Presence } from '../../src/table/presence.ts';
import { smallSettings } from './support/table-values.ts';

function presence(): Presence {
  return createPresence(createLayout(smallSettings));
}

function kept(made: Presence, side: 'keepPresent' | 'keepAbsent', chunk = 1): number[] {
  const selection: Bitmap = new Uint32Array([0b1111, 0]);
  made[side](chunk, selection);
  return [...selection];
}

describe.each([true, false])('a chunk whose values are all present: %s', (present) => {
  test('takes no memory', () => {
    const made = presence();
    for (let slot = 64; slot < 68; slot++) made.set(slot, present);
    expect(made.memoryBytes).toBe(0);
    expect(made.has(65)).toBe(present);
    expect(made.gather([65, 67])).toEqual(present ? undefined : Uint8Array.of(0, 0));
    expect(kept(made, 'keepPresent')).toEqual([present ? 0b1111 : 0, 0]);
    expect(kept(made, 'keepAbsent')).toEqual([present ? 0 : 0b1111, 0]);
  });

  test('takes a bit a row from the first that differs on', () => {
    const made = presence();
    for (let slot = 64; slot < 68; slot++) made.set(slot, present);
    made.set(66, !present);
    expect(made.memoryBytes).toBe(8);
    expect([65, 66].map((slot) => made.has(slot))).toEqual([present, !present]);
    expect(kept(made, present ? 'keepPresent' : 'keepAbsent')).toEqual([0b1011, 0]);
    expect(kept(made, present ? 'keepAbsent' : 'keepPresent')).toEqual([0b0100, 0]);
    made.set(66, present);
    expect(made.has(66)).toBe(present);
  });
});

test('where nothing was set, nothing is present', () => {
  expect(presence().has(5)).toBe(false);
  expect(kept(presence(), 'keepPresent')).toEqual([0, 0]);
  expect(kept(presence(), 'keepAbsent')).toEqual([0b1111, 0]);
});

test('bits stay when the first chunk grows', () => {
  const layout = createLayout(smallSettings);
  const made = createPresence(layout);
  made.set(0, true);
  made.resize();
  made.set(1, false);
  layout.makeRoom(40);
  made.resize();
  made.set(40, true);
  expect([0, 1, 40].map((slot) => made.has(slot))).toEqual([true, false, true]);
});

test('what is gathered is in the order of the slots', () => {
  const made = presence();
  for (const slot of [0, 1, 2, 70]) made.set(slot, slot !== 1);
  expect(made.gather([70, 1, 2, 300])).toEqual(Uint8Array.of(1, 0, 1, 0));
  expect(made.gather([2, 0, 70])).toBe(undefined);
  expect(made.gather([])).toBe(undefined);
});
