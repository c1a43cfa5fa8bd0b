/** What a table saves in blocks makes the same table again. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { createTable, type Table } from '../../src/table/table.ts';
import { people, tableOfPeople } from './support/small-table.ts';
import { keyLists, smallSettings } from './support/table-values.ts';

const same = { targets: people.columns.map(({ index }) => index), added: [] };

/** The blocks of a table: how many rows, and their bytes. */
function saved(table: Table, rowsMax: number, bytesMax: number): [number, Uint8Array][] {
  const blocks: [number, Uint8Array][] = [];
  for (let first = 0; first < table.slotEnd; ) {
    const count = table.blockRows(first, rowsMax, bytesMax);
    const out = new ByteWriter();
    table.save(first, count, out);
    blocks.push([count, out.finish()]);
    first += count;
  }
  return blocks;
}

function restored(blocks: readonly [number, Uint8Array][], slotEnd: number): Table {
  const table = createTable(people, smallSettings);
  table.reserve(slotEnd);
  for (const [count, bytes] of blocks) {
    const reader = new ByteReader(bytes, 'block');
    table.restore(count, reader, same);
    expect(reader.done).toBe(true);
  }
  table.indexKeys();
  return table;
}

const describeRow = (table: Table, slot: number) => ({
  key: table.keyOf(slot),
  slot: table.slotOf(table.keyOf(slot)),
  row: table.isLive(slot) ? table.row(slot) : undefined,
});

function describeTable(table: Table) {
  const rows = Array.from({ length: table.slotEnd }, (_, slot) => describeRow(table, slot));
  return { rows, liveCount: table.liveCount };
}

describe('a table that was restored', () => {
  test('has the same rows in the same slots, finds them by key, and goes on as the first would', () => {
    const towns = fc.constantFrom('', 'Oslo', 'Rome', 'x'.repeat(40));
    const cells = fc.tuple(
      fc.string({ unit: 'binary' }),
      fc.option(fc.integer({ min: -5, max: 300 })),
      towns,
    );
    const sizes = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 100, 1e6));
    fc.assert(
      fc.property(
        keyLists,
        fc.array(cells, { minLength: 1 }),
        fc.array(fc.nat()),
        sizes,
        (keys, rows, buried, [rowsMax, bytesMax]) => {
          const table = createTable(people, smallSettings);
          const later = keys.splice(Math.ceil(keys.length / 2));
          const rowOf = (key: string, at: number): Cell[] => [key, ...rows[at % rows.length]!];
          for (const [at, key] of keys.entries()) table.add(key, rowOf(key, at));
          for (const number of buried) {
            const slot = number % keys.length;
            if (table.isLive(slot)) table.bury(slot);
          }
          const blocks = saved(table, rowsMax, bytesMax);
          for (const [count] of blocks) expect(count).toBeLessThanOrEqual(Math.min(rowsMax, 64));
          const copy = restored(blocks, keys.length);
          expect(describeTable(copy)).toEqual(describeTable(table));
          for (const each of [table, copy]) {
            for (const [at, key] of later.entries()) each.add(key, rowOf(key, at + 1));
            for (let slot = 0; slot < keys.length; slot += 3) {
              if (each.isLive(slot)) each.setCell(slot, 1, 'Zoë');
              else each.revive(slot, rowOf(each.keyOf(slot), 0));
            }
          }
          expect(describeTable(copy)).toEqual(describeTable(table));
        },
      ),
    );
  });

  test('a block takes no further row once its texts are as long as that', () => {
    const table = tableOfPeople();
    expect([1, 8, 1_000].map((max) => table.blockRows(0, 100, max))).toEqual([1, 1, 5]);
    expect(table.blockRows(3, 100, 1_000)).toBe(2);
    expect(table.blockRows(1, 2, 1_000)).toBe(2);
  });

  test('refuses rows of two chunks, and any bytes that no table can have saved', () => {
    const out = new ByteWriter();
    tableOfPeople().save(0, 5, out);
    const bytes = out.finish();
    const full = createTable(people, smallSettings);
    for (let at = 0; at < 62; at++) full.add(`k${at}`, ['', '', null, '']);
    expect(() => full.restore(5, new ByteReader(bytes, 'block'), same)).toThrow('two chunks');
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = bytes.slice();
        changed[at] = byte;
        const table = createTable(people, smallSettings);
        try {
          table.restore(5, new ByteReader(changed, 'block'), same);
        } catch (error) {
          expect(error).toMatchObject({ reason: 'MALFORMED_BYTES' });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
