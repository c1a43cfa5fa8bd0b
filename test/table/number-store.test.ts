import { expect, test } from 'vitest';
import { createLayout } from '../../src/table/layout.ts';
import { numberRange } from '../../src/table/number-range.ts';
import { createNumberStore } from '../../src/table/number-store.ts';
import { smallSettings } from './support/table-values.ts';

test('a chunk of zeros takes no memory', () => {
  const store = createNumberStore(createLayout(smallSettings), 'whole');
  for (let slot = 0; slot < 100; slot++) store.set(slot, 0);
  expect(store.memoryBytes).toBe(0);
  expect(store.get(99)).toBe(0);
  const selection = new Uint32Array([7, 0]);
  store.keep(1, numberRange('eq', 0), selection);
  expect([...selection]).toEqual([7, 0]);
  store.keep(1, numberRange('gt', 0), selection);
  expect([...selection]).toEqual([0, 0]);
});

test('zeros set before the first other number stay zeros', () => {
  const store = createNumberStore(createLayout(smallSettings), 'whole');
  store.set(64, 1_000_000);
  for (let slot = 128; slot < 140; slot++) store.set(slot, 0);
  // This chunk begins in the form of the one before, in which nothing set is not 0.
  store.set(130, 1_000_001);
  expect(store.get(139)).toBe(0);
  expect(store.get(130)).toBe(1_000_001);
});

test('-0 is no zero', () => {
  const store = createNumberStore(createLayout(smallSettings), 'decimal');
  store.set(0, -0);
  expect(store.get(0)).toBe(-0);
});

test('a chunk that is dropped reads as zeros', () => {
  const store = createNumberStore(createLayout(smallSettings), 'whole');
  store.set(1, 5);
  store.drop(0);
  expect(store.get(1)).toBe(0);
});

test('numbers stay when the first chunk grows', () => {
  const layout = createLayout(smallSettings);
  const store = createNumberStore(layout, 'whole');
  store.set(31, 1000);
  layout.makeRoom(32);
  store.resize();
  store.set(63, 1001);
  expect([store.get(31), store.get(63)]).toEqual([1000, 1001]);
});
