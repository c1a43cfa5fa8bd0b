/** Tables with rows, tombstones and overlays, and what a query of them is to find, the plain way. */
import fc from 'fast-check';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { compareUtf8 } from '../../../src/base/utf8.ts';
import { compareCells } from '../../../src/schema/cell.ts';
import type { Cell } from '../../../src/schema/table-def.ts';
import { type Filter, matches } from '../../../src/table/filter.ts';
import type { OrderBy } from '../../../src/table/row-order.ts';
import type { RowSource } from '../../../src/table/row-source.ts';
import { createTable, type Table } from '../../../src/table/table.ts';
import { testTable } from '../../support/schema-tables.ts';
import { rows } from '../../support/schema-values.ts';
import { filters, keyLists, orders, smallSettings } from './table-values.ts';

export const def = testTable('Shapes');

export interface Row {
  readonly key: string;
  readonly cells: readonly Cell[];
}

export interface Scene {
  readonly source: RowSource;
  /** The rows that are seen, in no order. */
  readonly rows: readonly Row[];
  readonly filter: Filter;
  readonly orderBy: readonly OrderBy[];
}

/** What a scene is made of: rows by number, so that a counterexample can be read. */
export interface Plan {
  readonly keys: readonly string[];
  readonly pool: readonly Cell[][];
  readonly buried: readonly number[];
  readonly overlay: readonly (readonly [index: number, present: boolean])[];
  readonly filter: Filter;
  readonly orderBy: readonly OrderBy[];
}

export const plans: fc.Arbitrary<Plan> = fc
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
export function sceneOf({ keys, pool, buried, overlay, filter, orderBy }: Plan): Scene {
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
export function expected({
  rows,
  filter,
  orderBy,
}: Pick<Scene, 'rows' | 'filter' | 'orderBy'>): string[] {
  return rows
    .filter(({ cells }) => matches(def, filter, cells))
    .sort((left, right) => compareRows(orderBy, left, right))
    .map(({ key }) => key);
}

/** The order of two rows, the plain way. */
export function compareRows(orderBy: readonly OrderBy[], left: Row, right: Row): number {
  for (const { column, descending } of orderBy) {
    const { kind } = def.columns[column]!;
    const order = compareCells(kind, left.cells[column]!, right.cells[column]!);
    if (order !== 0) return descending ? -order : order;
  }
  return compareUtf8(left.key, right.key);
}
