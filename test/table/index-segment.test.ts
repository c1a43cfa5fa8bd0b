import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IndexSegment } from '../../src/table/index-segment.ts';
import { mixed, TestKeys } from './support/test-keys.ts';

function filled(keys: TestKeys, count: number, depth = 0): IndexSegment {
  const segment = new IndexSegment(keys, 1000, depth, 0);
  for (let slot = 0; slot < count; slot++) {
    keys.keys[slot] = String(slot);
    segment.add(keys.seek(String(slot)), slot);
  }
  return segment;
}

test.each([
  ['spread', mixed],
  // All in one long run of places, so that removing moves many.
  ['all alike', () => 7],
  ['of few values', (key: string) => Number(key) % 3],
])('finds what was added and not removed, with hashes %s', (_name, hash) => {
  const changes = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.boolean()), {
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(changes, (list) => {
      const keys = new TestKeys(hash);
      for (let slot = 0; slot <= 60; slot++) keys.keys[slot] = String(slot);
      const segment = new IndexSegment(keys, 1000, 0, 0);
      const held = new Set<number>();
      for (const [slot, add] of list) {
        const sought = keys.seek(String(slot));
        if (add && !held.has(slot)) {
          segment.add(sought, slot);
          held.add(slot);
        } else if (!add) {
          segment.remove(sought);
          held.delete(slot);
        }
      }
      expect(segment.count).toBe(held.size);
      for (let slot = 0; slot <= 60; slot++) {
        expect(segment.find(keys.seek(String(slot)))).toBe(held.has(slot) ? slot : -1);
      }
    }),
  );
});

test('looks at hardly any key but the one sought', () => {
  const keys = new TestKeys(mixed);
  const segment = filled(keys, 10_000);
  keys.looks = 0;
  for (let slot = 0; slot < 10_000; slot++) segment.find(keys.seek(String(slot)));
  for (let slot = 10_000; slot < 20_000; slot++)
    expect(segment.find(keys.seek(String(slot)))).toBe(-1);
  expect(keys.looks).toBeLessThan(10_500);
});

test('takes five bytes a place, of which three quarters at the most are taken', () => {
  const keys = new TestKeys(mixed);
  expect(new IndexSegment(keys, 1000, 0, 0).memoryBytes).toBe(16 * 5);
  for (const count of [1000, 5000, 16_000]) {
    const bytes = filled(new TestKeys(mixed), count).memoryBytes / count;
    expect(bytes).toBeGreaterThan(5 / 0.75 - 0.01);
    expect(bytes).toBeLessThan(count < 4096 ? 14 : 5 / 0.59);
  }
});

describe('split', () => {
  test('parts the keys by the next bit of their hashes', () => {
    const keys = new TestKeys(mixed);
    const [lower, upper] = filled(keys, 1000, 3).split()!;
    expect([lower.depth, upper.depth]).toEqual([4, 4]);
    expect(lower.count + upper.count).toBe(1000);
    for (let slot = 0; slot < 1000; slot++) {
      const hash = keys.seek(String(slot));
      const isUpper = ((hash >>> 28) & 1) === 1;
      expect((isUpper ? upper : lower).find(hash)).toBe(slot);
      expect((isUpper ? lower : upper).find(hash)).toBe(-1);
    }
  });

  test('is put off where nearly all keys would stay together', () => {
    const keys = new TestKeys((key) => (key === '7' ? 0xffffffff : 1));
    const segment = filled(keys, 20);
    expect(segment.split()).toBeUndefined();
    expect([segment.count, segment.keysMax]).toEqual([20, 2000]);
    expect(segment.find(keys.seek('7'))).toBe(7);
  });
});
