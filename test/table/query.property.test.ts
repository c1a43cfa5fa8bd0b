import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { cellsEqual } from '../../src/schema/cell.ts';
import { countRows, type Hit, type Query, runQuery } from '../../src/table/query.ts';
import { checkQuery } from '../../src/table/query-check.ts';
import type { Keyset } from '../../src/table/row-order.ts';
import { def, expected, plans, sceneOf } from './support/scenes.ts';

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
