import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter, bytesEqual } from '../../src/base/bytes.ts';
import { maskOf } from '../../src/base/mask.ts';
import { cellsEqual } from '../../src/schema/cell.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { createTable, type Table } from '../../src/table/table.ts';
import { testTable } from '../support/schema-tables.ts';
import { rows } from '../support/schema-values.ts';
import { keyLists, smallSettings } from './support/table-values.ts';

const def = testTable('Shapes');
const codec = compileRowCodec(def);

/** The naive twin: a row is an array of cells, a tombstone has none. */
class Twin {
  readonly keys = new Map<number, string>();
  readonly cells = new Map<number, Cell[]>();
  slotEnd = 0;
}

type Step =
  | { readonly do: 'add'; readonly count: number; readonly row: number }
  | { readonly do: 'set'; readonly slot: number; readonly column: number; readonly row: number }
  | { readonly do: 'replace' | 'revive'; readonly slot: number; readonly row: number }
  | { readonly do: 'bury' | 'release'; readonly slot: number };

const nat = fc.nat();
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('add' as const),
      count: fc.integer({ min: 1, max: 40 }),
      row: nat,
    }),
    fc.record({ do: fc.constant('set' as const), slot: nat, column: nat, row: nat }),
    fc.record({ do: fc.constantFrom('replace' as const, 'revive' as const), slot: nat, row: nat }),
    fc.record({ do: fc.constantFrom('bury' as const, 'release' as const), slot: nat }),
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

function run(table: Table, twin: Twin, keys: readonly string[], pool: Cell[][], step: Step): void {
  if (step.do === 'add') {
    const free = keys.filter((key) => ![...twin.keys.values()].includes(key)).slice(0, step.count);
    for (const [index, key] of free.entries()) {
      const cells = rowOf(pool, step.row + index, key);
      const slot = table.add(key, cells);
      expect(twin.keys.has(slot), 'a slot is handed out once').toBe(false);
      expect(slot).toBeLessThanOrEqual(twin.slotEnd);
      twin.slotEnd = Math.max(twin.slotEnd, slot + 1);
      twin.keys.set(slot, key);
      twin.cells.set(slot, cells);
    }
    return;
  }
  const slots = [...twin.keys.keys()].filter((slot) =>
    step.do === 'release' ? true : twin.cells.has(slot) !== (step.do === 'revive'),
  );
  if (slots.length === 0) return;
  const slot = slots[step.slot % slots.length]!;
  const key = twin.keys.get(slot)!;
  switch (step.do) {
    case 'set': {
      const column = step.column % def.columns.length;
      const cell = rowOf(pool, step.row, key)[column]!;
      table.setCell(slot, column, cell);
      twin.cells.get(slot)![column] = cell;
      break;
    }
    case 'replace':
      table.setRow(slot, rowOf(pool, step.row, key));
      twin.cells.set(slot, rowOf(pool, step.row, key));
      break;
    case 'revive':
      table.revive(slot, rowOf(pool, step.row, key));
      twin.cells.set(slot, rowOf(pool, step.row, key));
      break;
    case 'bury':
      table.bury(slot);
      twin.cells.delete(slot);
      break;
    case 'release':
      table.release(slot);
      twin.cells.delete(slot);
      twin.keys.delete(slot);
      break;
  }
}

/** A row of the pool with another key. */
function rowOf(pool: readonly Cell[][], index: number, key: string): Cell[] {
  return pool[index % pool.length]!.with(def.key, key);
}

function expectAlike(table: Table, twin: Twin, keys: readonly string[]): void {
  expect(table.slotEnd).toBe(twin.slotEnd);
  expect(table.liveCount).toBe(twin.cells.size);
  const slots = new Map([...twin.keys].map(([slot, key]) => [key, slot]));
  for (const key of keys) expect(table.slotOf(key)).toBe(slots.get(key) ?? -1);
  for (const [slot, key] of twin.keys) {
    expect(table.keyOf(slot)).toBe(key);
    const cells = twin.cells.get(slot);
    expect(table.isLive(slot)).toBe(cells !== undefined);
    if (cells !== undefined) expectRow(table, slot, cells);
  }
}

const out = new ByteWriter(1 << 16);
const plain = new ByteWriter(1 << 16);
const some = maskOf(def.columns.length, [1, 3, 5, 8, 13, 21]);

function expectRow(table: Table, slot: number, cells: readonly Cell[]): void {
  const found = table.row(slot);
  for (const { index, kind, name } of def.columns) {
    if (
      cellsEqual(kind, found[index]!, cells[index]!) &&
      table.equals(slot, index, cells[index]!)
    ) {
      continue;
    }
    expect.fail(`${name} of slot ${slot} is ${found[index]} and should be ${cells[index]}`);
  }
  for (const mask of [undefined, some]) {
    out.reset();
    plain.reset();
    table.encodeRow(slot, mask, out);
    codec.encode(cells, mask, plain);
    if (!bytesEqual(out.peek(), plain.peek())) expect.fail(`slot ${slot} is encoded otherwise`);
  }
}

test('a table answers as a map of cell arrays does, whatever form its columns take', () => {
  const pools = fc.array(rows(def, ShapesSchema), { minLength: 1, maxLength: 12, size: 'max' });
  fc.assert(
    fc.property(keyLists, pools, steps, (keys, pool, list) => {
      const table = createTable(def, smallSettings);
      const twin = new Twin();
      for (const step of list) run(table, twin, keys, pool, step);
      expectAlike(table, twin, keys);
    }),
    { numRuns: 150 },
  );
});
