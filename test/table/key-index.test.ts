import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeyIndex } from '../../src/table/key-index.ts';
import { defaultSettings } from '../../src/table/settings.ts';
import { smallSettings } from './support/table-values.ts';
import { mixed, TestKeys } from './support/test-keys.ts';

test.each([
  ['spread', mixed],
  ['with the same upper bits', (key: string) => mixed(key) & 0xffff],
  ['all alike', () => 0xffffffff],
])('finds what was added and not removed, with hashes %s', (_name, hash) => {
  const changes = fc.array(fc.tuple(fc.nat({ max: 99 }), fc.boolean()), {
    maxLength: 300,
    size: 'max',
  });
  fc.assert(
    fc.property(changes, (list) => {
      const keys = new TestKeys(hash);
      const index = createKeyIndex(keys, smallSettings);
      const held = new Set<number>();
      for (const [slot, add] of list) {
        keys.keys[slot] = String(slot);
        keys.seek(String(slot));
        if (add && !held.has(slot)) {
          index.add(slot);
          held.add(slot);
        } else if (!add) {
          index.remove();
          held.delete(slot);
        }
      }
      for (let slot = 0; slot < 100; slot++) {
        keys.seek(String(slot));
        expect(index.find()).toBe(held.has(slot) ? slot : -1);
      }
    }),
  );
});

test('takes about seven to eight bytes a key when it is large', () => {
  const keys = new TestKeys(mixed);
  const index = createKeyIndex(keys, defaultSettings);
  for (let slot = 0; slot < 60_000; slot++) {
    keys.keys[slot] = String(slot);
    keys.seek(String(slot));
    index.add(slot);
    if (slot > 20_000 && slot % 1000 === 0) {
      expect(index.memoryBytes / slot).toBeGreaterThan(6.6);
      expect(index.memoryBytes / slot).toBeLessThan(8.6);
    }
  }
});

describe('an index that is built in one go', () => {
  test.each([0, 1, 5, 6, 7, 100, 1_000])('finds %i keys, and others that come later', (count) => {
    const keys = new TestKeys(mixed);
    const index = createKeyIndex(keys, smallSettings);
    for (let slot = 0; slot < count; slot++) keys.keys[slot] = String(slot);
    index.build(count);
    for (let slot = count; slot < count + 50; slot++) {
      keys.keys[slot] = String(slot);
      keys.seek(String(slot));
      expect(index.find()).toBe(-1);
      index.add(slot);
    }
    for (let slot = 0; slot < count + 50; slot++) {
      keys.seek(String(slot));
      expect(index.find()).toBe(slot);
    }
  });

  test('holds keys that all have one hash', () => {
    const keys = new TestKeys(() => 7);
    const index = createKeyIndex(keys, smallSettings);
    for (let slot = 0; slot < 40; slot++) keys.keys[slot] = String(slot);
    index.build(40);
    keys.keys[40] = '40';
    keys.seek('40');
    index.add(40);
    for (const slot of [0, 39, 40]) {
      keys.seek(String(slot));
      expect(index.find()).toBe(slot);
    }
  });
});
