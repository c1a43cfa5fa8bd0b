import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import { compareUtf8, decodeUtf8, encodeUtf8 } from '../../src/base/utf8.ts';
import { orderHolds } from '../../src/table/filter.ts';
import { createKeyStore, type KeyStore } from '../../src/table/key-store.ts';
import { createLayout, type Layout } from '../../src/table/layout.ts';
import { passing } from './support/column-contract.ts';
import { keyLists, smallSettings } from './support/table-values.ts';

function storeOf(list: readonly string[]): { store: KeyStore; layout: Layout } {
  const layout = createLayout(smallSettings);
  const store = createKeyStore(layout, smallSettings);
  for (const [slot, key] of list.entries()) {
    if (layout.makeRoom(slot)) store.resize();
    store.set(slot, key);
  }
  return { store, layout };
}

test('keys come back, are found and compare by their UTF-8 bytes, in whatever form', () => {
  fc.assert(
    fc.property(keyLists, fc.nat(), (list, choice) => {
      const { store } = storeOf(list);
      const sought = choice % list.length;
      store.seek(list[sought]!);
      for (const [slot, key] of list.entries()) {
        expect(store.get(slot)).toBe(key);
        expect(store.read(slot, decodeUtf8)).toBe(key);
        expect(store.isSought(slot)).toBe(slot === sought);
        const order = compareUtf8(list[sought]!, key);
        expect(Math.sign(store.compare(sought, slot))).toBe(Math.sign(order));
      }
    }),
  );
});

test('the hash of a key is the same in every form', () => {
  fc.assert(
    fc.property(keyLists, (list) => {
      const uuids = storeOf(list).store;
      // The first key is no UUID, so all of them are text.
      const text = storeOf(['no uuid', ...list.slice(0, 60)]).store;
      for (const [slot, key] of list.slice(0, 60).entries()) {
        uuids.seek(key);
        expect(uuids.hashAt(slot)).toBe(uuids.soughtHash);
        text.seek(key);
        expect(text.soughtHash).toBe(uuids.soughtHash);
        expect(text.hashAt(slot + 1)).toBe(text.soughtHash);
        expect(text.isSought(slot + 1)).toBe(true);
      }
    }),
  );
});

test('tests compare keys with keys', () => {
  fc.assert(
    fc.property(keyLists, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (list, choices) => {
      const made = storeOf(list);
      const operands = choices.map((choice) => list[choice % list.length]!);
      const [operand] = operands;
      const count = Math.min(list.length, made.layout.capacity(0));
      const rows = Array.from({ length: count }, (_, row) => row);
      const kept = (operator: Parameters<KeyStore['test']>[0], keys: readonly string[]) =>
        passing(made, made.store.test(operator, keys), 0, rows);
      for (const operator of ['eq', 'lt', 'le', 'gt', 'ge'] as const) {
        const expected = rows.filter((row) =>
          orderHolds(operator, compareBytes(encodeUtf8(list[row]!), encodeUtf8(operand!))),
        );
        expect(kept(operator, [operand!])).toEqual(expected);
      }
      expect(kept('in', operands)).toEqual(rows.filter((row) => operands.includes(list[row]!)));
      const prefix = [...operand!].slice(0, 3).join('');
      const startsWith = rows.filter((row) => list[row]!.startsWith(prefix));
      expect(kept('starts-with', [prefix])).toEqual(startsWith);
    }),
  );
});

test('UUIDs take 16 bytes each; the first other key turns its chunk to text, and no other chunk', () => {
  const uuid = (slot: number) => `00000000-0000-4000-8000-${String(slot).padStart(12, '0')}`;
  const { store } = storeOf(Array.from({ length: 128 }, (_, slot) => uuid(slot)));
  expect(store.memoryBytes).toBe(128 * 16);
  store.set(100, 'another');
  expect(store.get(99)).toBe(uuid(99));
  expect(store.memoryBytes).toBeGreaterThan(64 * 16 + 64 * 36);
  expect(store.memoryBytes).toBeLessThan(64 * 16 + 64 * 80);
});

test('a key that is cleared gives its text back', () => {
  const { store } = storeOf(['x'.repeat(500), 'y']);
  const before = store.memoryBytes;
  store.clear(0);
  expect(store.memoryBytes).toBeLessThan(before - 400);
  expect(store.get(1)).toBe('y');
  storeOf(['00000000-0000-4000-8000-000000000000']).store.clear(0);
});
