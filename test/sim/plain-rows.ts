import { rowCodecOf } from '../../src/schema/row-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import type { PlainEdit } from './workload.ts';

/** A row as cells; undefined for none. */
export type Row = readonly Cell[] | undefined;

/** What an edit makes of a row where nobody disagrees. */
export function applied({ edit, table, key, values }: PlainEdit, row: Row): Row {
  if (edit.operation === 'delete') return undefined;
  const base = edit.operation === 'put' ? rowCodecOf(table).defaultCells() : row;
  if (base === undefined) return undefined;
  const cells = [...base];
  if (edit.operation === 'put') cells[table.key] = key;
  for (const [name, cell] of Object.entries(values)) {
    cells[table.columnByName.get(name)!.index] = cell;
  }
  return cells;
}
