import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { compareUtf8 } from '../../src/base/utf8.ts';
import { cellsEqual, compareCells } from '../../src/schema/cell.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { type Filter, matches } from '../../src/table/filter.ts';
import { countRows, type Hit, type Query, runQuery } from '../../src/table/query.ts';
import { checkQuery } from '../../src/table/query-check.ts';
import type { Keyset, OrderBy } from '../../src/table/row-order.ts';
import type { RowSource } from '../../src/table/row-source.ts';
import { createTable, type Table } from '../../src/table/table.ts';
import { testTable } from '../support/schema-tables.ts';
import { rows } from '../support/schema-values.ts';
import { filters, keyLists, orders, smallSettings } from './support/table-values.ts';

const def = testTable('Shapes');

interface Row {
  readonly key: string;
  readonly cells: readonly Cell[];
}

interface Scene {
  readonly source: RowSource;
  /** The rows that are seen, in no order. */
  readonly rows: readonly Row[];
  readonly filter: Filter;
  readonly orderBy: readonly OrderBy[];
}

/** What a scene is made of: rows by number, so that a counterexample can be read. */
interface Plan {
  readonly keys: readonly string[];
  readonly pool: readonly Cell[][];
  readonly buried: readonly number[];
  readonly overlay: readonly (readonly [index: number, present: boolean])[];
  readonly filter: Filter;
  readonly orderBy: readonly OrderBy[];
}

const plans: fc.Arbitrary<Plan> = fc
  .tuple(keyLists, fc.array(rows(def, ShapesSchema), { minLength: 1, maxLength: 12, size: 'max' }))
  .chain(([keys, pool]) =>
    fc.record({
      keys: fc.constant(keys),
      pool: fc.constant(pool),
      buried: fc.array(fc.nat(), { maxLength: 8 }),
      overlay: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 8 }),
      filter: filters(def, pool),
      orderBy: orders(def),
    }),
  );

/** A table with live rows, tombstones and an overlay that changes, adds and hides rows. */
function sceneOf({ keys, pool, buried, overlay, filter, orderBy }: Plan): Scene {
  const table = createTable(def, smallSettings);
  const seen = new Map<string, readonly Cell[]>();
  // The last tenth of the keys is not in the table: only the overlay may have them.
  const stored = keys.slice(0, Math.ceil(keys.length * 0.9));
  for (const [index, key] of stored.entries()) {
    const cells = pool[index % pool.length]!.with(def.key, key);
    table.add(key, cells);
    seen.set(key, cells);
  }
  for (const index of buried) bury(table, seen, stored[index % stored.length]!);
  const over = new Map<string, Cell[] | null>();
  for (const [index, present] of overlay) {
    const key = keys.at(-1 - (index % keys.length))!;
    const cells = present ? pool[index % pool.length]!.with(def.key, key) : null;
    over.set(key, cells);
    if (cells === null) seen.delete(key);
    else seen.set(key, cells);
  }
  const source = over.size === 0 ? { table } : { table, overlay: over };
  return { source, rows: [...seen].map(([key, cells]) => ({ key, cells })), filter, orderBy };
}

function bury(table: Table, seen: Map<string, readonly Cell[]>, key: string): void {
  if (seen.delete(key)) table.bury(table.slotOf(key));
}

/** The rows that match, in order: the plain way. */
function expected({ rows, filter, orderBy }: Scene): string[] {
  const compare = (left: Row, right: Row): number => {
    for (const { column, descending } of orderBy) {
      const { kind } = def.columns[column]!;
      const order = compareCells(kind, left.cells[column]!, right.cells[column]!);
      if (order !== 0) return descending ? -order : order;
    }
    return compareUtf8(left.key, right.key);
  };
  return rows
    .filter(({ cells }) => matches(def, filter, cells))
    .sort(compare)
    .map(({ key }) => key);
}

const keysOf = (hits: readonly Hit[]) => hits.map(({ key }) => key);

test('a query finds what filtering, sorting and cutting plain rows finds', () => {
  fc.assert(
    fc.property(plans, fc.option(fc.integer({ min: 1, max: 40 })), (plan, limit) => {
      const scene = sceneOf(plan);
      const query = { ...scene, limit: limit ?? undefined };
      const all = expected(scene);
      const page = runQuery(scene.source, checkQuery(def, query, defaultLimits));
      expect(keysOf(page.hits)).toEqual(all.slice(0, limit ?? all.length));
      expect(page.next !== undefined).toBe(limit !== null && limit < all.length);
      expect(countRows(scene.source, scene.filter)).toBe(all.length);
    }),
    { numRuns: 250 },
  );
});

test('pages put together are the whole', () => {
  fc.assert(
    fc.property(plans, fc.integer({ min: 1, max: 9 }), (plan, limit) => {
      const scene = sceneOf(plan);
      const { source, filter, orderBy } = scene;
      const found: string[] = [];
      let after: Keyset | undefined;
      do {
        const query: Query = { filter, orderBy, limit, after };
        const page = runQuery(source, checkQuery(def, query, defaultLimits));
        found.push(...keysOf(page.hits));
        expect(found.length, 'pages come to an end').toBeLessThanOrEqual(scene.rows.length);
        after = page.next;
      } while (after !== undefined);
      expect(found).toEqual(expected(scene));
    }),
    { numRuns: 120 },
  );
});

test('the cells of a hit are those of its row, when asked for or from the overlay', () => {
  fc.assert(
    fc.property(plans, fc.boolean(), (plan, withCells) => {
      const scene = sceneOf(plan);
      const cells = new Map(scene.rows.map((row) => [row.key, row.cells]));
      for (const hit of runQuery(scene.source, { ...scene, withCells }).hits) {
        const asked = withCells || hit.slot < 0;
        expect(hit.cells !== undefined).toBe(asked);
        for (const { index, kind, name } of hit.cells === undefined ? [] : def.columns) {
          const alike = cellsEqual(kind, hit.cells![index]!, cells.get(hit.key)![index]!);
          expect(alike, name).toBe(true);
        }
        if (hit.slot >= 0) expect(scene.source.table.keyOf(hit.slot)).toBe(hit.key);
      }
    }),
    { numRuns: 100 },
  );
});
