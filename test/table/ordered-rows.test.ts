import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everything } from '../../src/table/filter.ts';
import { OrderedRows } from '../../src/table/ordered-rows.ts';
import { createRowOrder } from '../../src/table/row-order.ts';
import type { Table } from '../../src/table/table.ts';
import { compareRows, def, expected, plans, type Row, sceneOf } from './support/scenes.ts';
import { by, type Person, tableOfPeople } from './support/small-table.ts';

/** Plans without an overlay: what a server queries. */
const tablePlans = plans.map((plan) => ({ ...plan, overlay: [] }));
const partSizes = fc.constantFrom(10, 40, 1_000);

/** Takes up to `count` rows, working as long as it must. */
function taken(rows: OrderedRows, count: number): number[] {
  const slots: number[] = [];
  while (slots.length < count && !rows.done) {
    const slot = rows.take();
    if (slot === undefined) rows.prepare(count - slots.length);
    else slots.push(slot);
  }
  return slots;
}

test('takes the rows that match, all and in order, in whatever portions', () => {
  fc.assert(
    fc.property(tablePlans, partSizes, fc.integer({ min: 1, max: 30 }), (plan, part, portion) => {
      const { source, ...scene } = sceneOf(plan);
      const rows = new OrderedRows(source.table, scene, part);
      const found: number[] = [];
      while (!rows.done) found.push(...taken(rows, portion));
      expect(found.map((slot) => source.table.keyOf(slot))).toEqual(expected(scene));
      expect([rows.take(), taken(rows, 1)]).toEqual([undefined, []]);
    }),
    { numRuns: 200 },
  );
});

test('takes only what comes behind a place', () => {
  fc.assert(
    fc.property(tablePlans, partSizes, fc.nat(), (plan, part, choice) => {
      const { source, ...scene } = sceneOf(plan);
      const { table } = source;
      const all = expected(scene);
      if (all.length === 0) return;
      const at = choice % all.length;
      const after = createRowOrder(table, [], scene.orderBy).place(table.slotOf(all[at]!));
      const rows = new OrderedRows(table, { ...scene, after }, part);
      const found = taken(rows, all.length);
      expect(found.map((slot) => table.keyOf(slot))).toEqual(all.slice(at + 1));
    }),
  );
});

/** The rows of the table as they are. */
function rowsOf(table: Table): Row[] {
  return Array.from({ length: table.slotEnd }, (_, slot) => slot)
    .filter((slot) => table.isLive(slot))
    .map((slot) => ({ key: table.keyOf(slot), cells: table.row(slot) }));
}

test('a row that stays as it is comes once and in order, whatever becomes of others meanwhile', () => {
  const edits = fc.array(fc.record({ row: fc.nat(), from: fc.nat(), gone: fc.boolean() }), {
    maxLength: 12,
  });
  const rounds = fc.array(fc.record({ steps: fc.nat({ max: 6 }), edits }), { maxLength: 5 });
  fc.assert(
    fc.property(tablePlans, partSizes, rounds, (plan, part, all) => {
      const { source, filter, orderBy } = sceneOf(plan);
      const { table } = source;
      const before = rowsOf(table);
      const rows = new OrderedRows(table, { filter, orderBy }, part);
      const changed = new Set<string>();
      const found: number[] = [];
      for (const { steps, edits: list } of all) {
        for (let step = 0; step < steps && !rows.done; step++) {
          const slot = rows.take();
          if (slot === undefined) rows.prepare(3);
          else found.push(slot);
        }
        for (const { row, from, gone } of list) {
          const { key } = before[row % before.length] ?? { key: '' };
          const slot = table.slotOf(key);
          if (slot < 0 || !table.isLive(slot)) continue;
          changed.add(key);
          if (gone) table.bury(slot);
          else table.setRow(slot, plan.pool[from % plan.pool.length]!.with(def.key, key));
        }
      }
      found.push(...taken(rows, Number.POSITIVE_INFINITY));
      const keys = found.map((slot) => table.keyOf(slot));
      expect(new Set(keys).size, 'no row comes twice').toBe(keys.length);
      const kept = before.filter(({ key }) => !changed.has(key));
      expect(keys.filter((key) => !changed.has(key))).toEqual(
        expected({ rows: kept, filter, orderBy }),
      );
    }),
    { numRuns: 200 },
  );
});

test('[I13] letting go of the order changes nothing but the time that it takes', () => {
  const rounds = fc.array(fc.record({ steps: fc.nat({ max: 8 }), shrinks: fc.boolean() }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(tablePlans, partSizes, rounds, (plan, part, all) => {
      const { source, ...scene } = sceneOf(plan);
      const rows = new OrderedRows(source.table, scene, part);
      const found: number[] = [];
      for (const { steps, shrinks } of all) {
        for (let step = 0; step < steps && !rows.done; step++) {
          const slot = rows.take();
          if (slot === undefined) rows.prepare(3);
          else found.push(slot);
        }
        if (shrinks) rows.shrink();
      }
      found.push(...taken(rows, Number.POSITIVE_INFINITY));
      expect(found.map((slot) => source.table.keyOf(slot))).toEqual(expected(scene));
    }),
    { numRuns: 300 },
  );
});

test('[I13] the order of many rows that is let go of leaves a bit for each, and rows that were added do not come', () => {
  const person = (at: number): Person => [`p${String(at).padStart(6, '0')}`, 'x', at % 3, 'Oslo'];
  const table = tableOfPeople(Array.from({ length: 4_000 }, (_, at) => person(at)));
  const rows = new OrderedRows(table, { filter: everything, orderBy: [] }, 200);
  const first = taken(rows, 10);
  const before = rows.memoryBytes;
  expect(before).toBeGreaterThan(4 * 3_000);
  rows.shrink();
  expect(rows.memoryBytes).toBeLessThan(before / 2);
  for (let at = 4_000; at < 4_200; at++) table.add(person(at)[0], person(at));
  expect([...first, ...taken(rows, Number.POSITIVE_INFINITY)]).toEqual([...Array(4_000).keys()]);
});

test('rows are in parts of about the same size, whatever order they were added in', () => {
  const people = Array.from({ length: 4_000 }, (_, at): Person => {
    return [`p${String(at).padStart(5, '0')}`, 'x', at % 3, 'Oslo'];
  });
  for (const orderBy of [[], [by('age', true)]]) {
    const table = tableOfPeople(people);
    const rows = new OrderedRows(table, { filter: everything, orderBy }, 200);
    // Only the first part is sorted for the first row: the steps until then are a look at each chunk, and a few.
    let steps = 0;
    for (; rows.take() === undefined; steps++) rows.prepare(1);
    expect(steps - table.chunkCount).toBeLessThan(10);
    const slots = taken(rows, Number.POSITIVE_INFINITY);
    expect(slots).toHaveLength(3_999);
    const cells = slots.map((slot): Row => ({ key: table.keyOf(slot), cells: table.row(slot) }));
    if (orderBy.length === 0)
      expect(cells).toEqual(cells.toSorted((a, b) => compareRows([], a, b)));
  }
});

test('an empty table has no rows to take', () => {
  const rows = new OrderedRows(tableOfPeople([]), { filter: everything, orderBy: [] });
  expect(taken(rows, 5)).toEqual([]);
});
