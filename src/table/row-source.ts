import type { Cell } from '../schema/table-def.ts';
import type { Table } from './table.ts';

/** Where queries find rows: a table, and rows that are seen in the place of the table's. */
export interface RowSource {
  readonly table: Table;
  readonly overlay?: Overlay;
  /** Whether the table's row in a slot is seen; all are where this is left out. */
  readonly shows?: ((slot: number) => boolean) | undefined;
}

/**
 * Rows by key that hide those of the table; null where the key has no row. Meant for few: each query looks at all
 * of them. A `Map` will do.
 */
export interface Overlay {
  /** `undefined` where the table's row is seen. */
  get(key: string): readonly Cell[] | null | undefined;
  entries(): Iterable<readonly [key: string, cells: readonly Cell[] | null]>;
}

/** A row of the overlay. */
export interface OverlayRow {
  readonly key: string;
  readonly cells: readonly Cell[];
}
