import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { columnCodecs } from '../../src/schema/column-codec.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { createKeyColumn } from '../../src/table/key-column.ts';
import { createKeyStore } from '../../src/table/key-store.ts';
import { createLayout } from '../../src/table/layout.ts';
import { keyedBy } from '../support/schema-tables.ts';
import { passing } from './support/column-contract.ts';
import { smallSettings } from './support/table-values.ts';

function columnOf(type: string, keys: readonly string[]) {
  const def = keyedBy(type);
  const layout = createLayout(smallSettings);
  const store = createKeyStore(layout, smallSettings);
  for (const [slot, key] of keys.entries()) store.set(slot, key);
  const { codecs } = columnCodecs(def.columns);
  return { def, layout, column: createKeyColumn(def, codecs[0]!, store) };
}

const uuid = '01234567-89ab-4cde-8f01-23456789abcd';

describe.each<[string, string[], Cell[]]>([
  ['string', ['a', uuid, 'é'], ['a', uuid, 'é']],
  ['int32', ['-5', '0', '10'], [-5, 0, 10]],
  ['uint64', ['0', '10', '18446744073709551615'], [0n, 10n, 18446744073709551615n]],
  ['bool', ['false', 'true'], [false, true]],
  ['bytes', ['AQID', '_w'], [Uint8Array.of(1, 2, 3), Uint8Array.of(255)]],
])('a key of type %s', (type, keys, cells) => {
  const { def, column } = columnOf(type, keys);

  test('has its cells without storing them', () => {
    expect(keys.map((_, slot) => column.get(slot))).toEqual(cells);
    expect(column.memoryBytes).toBe(0);
    for (const [slot, cell] of cells.entries()) {
      expect(column.equals(slot, cell)).toBe(true);
      expect(column.equals((slot + 1) % cells.length, cell)).toBe(false);
    }
  });

  test('is encoded as any column is', () => {
    for (const [slot, cell] of cells.entries()) {
      const out = new ByteWriter(4096);
      const plain = new ByteWriter(4096);
      column.encode(slot, out);
      compileRowCodec(def).encode([cell], undefined, plain);
      expect(out.finish()).toEqual(plain.finish());
    }
  });

  test('takes the cell that is there, and no other', () => {
    column.set(0, cells[0]!);
    expect(() => column.set(0, cells[1]!)).toThrow('does not change');
    column.clear(0);
    column.resize();
    expect(column.get(0)).toEqual(cells[0]);
  });
});

test('keys that are numbers compare as numbers', () => {
  const { column } = columnOf('int32', ['9', '10', '-1']);
  expect(column.compare(0, 1)).toBeLessThan(0);
  expect(column.compare(0, 2)).toBeGreaterThan(0);
  expect(column.test('lt', [10])).toBeUndefined();
});

test('keys that are strings are compared where they lie', () => {
  const made = columnOf('string', ['b', 'a', 'c']);
  expect(made.column.compare(0, 1)).toBeGreaterThan(0);
  expect(passing(made, made.column.test('ge', ['b']), 0, [0, 1, 2])).toEqual([0, 2]);
  expect(made.column.test('absent', [])).toBeUndefined();
});
