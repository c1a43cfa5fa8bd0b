import { expect, test } from 'vitest';
import { createLayout } from '../../src/table/layout.ts';
import { defaultSettings } from '../../src/table/settings.ts';

test('chunks have 64 Ki rows, the first one 32 at first', () => {
  const layout = createLayout(defaultSettings);
  expect(layout.chunkRows).toBe(65_536);
  expect(layout.capacity(0)).toBe(32);
  expect(layout.capacity(1)).toBe(65_536);
  expect([70_000 >>> layout.chunkBits, 70_000 & layout.rowMask]).toEqual([1, 4464]);
});

test('the first chunk doubles as slots come, up to its full size, and says when', () => {
  const layout = createLayout(defaultSettings);
  expect(layout.makeRoom(31)).toBe(false);
  expect(layout.makeRoom(32)).toBe(true);
  expect(layout.capacity(0)).toBe(64);
  expect(layout.makeRoom(63)).toBe(false);
  expect(layout.makeRoom(1000)).toBe(true);
  expect(layout.capacity(0)).toBe(1024);
  expect(layout.makeRoom(65_536)).toBe(true);
  expect(layout.capacity(0)).toBe(65_536);
  expect(layout.makeRoom(1_000_000)).toBe(false);
});

test('a chunk smaller than its first size has that size', () => {
  expect(createLayout({ ...defaultSettings, chunkBits: 5, firstRows: 64 }).capacity(0)).toBe(32);
});
