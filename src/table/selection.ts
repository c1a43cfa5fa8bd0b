import { encodeBase64Url } from '../schema/base64url.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { type Bitmap, clearBit, isEmptyBitmap, keepRows } from './bitmap.ts';
import { type Filter, matches } from './filter.ts';
import type { OverlayRow, RowSource } from './row-source.ts';
import { compileFilter } from './scan.ts';

/**
 * Calls `visit` with the table's own rows that match and that no overlay hides, chunk by chunk. The selection is
 * the visitor's to change.
 */
export function selectRows(
  source: RowSource,
  filter: Filter,
  visit: (chunk: number, selection: Bitmap) => void,
): void {
  const { table, shows } = source;
  const test = compileFilter(table, filter);
  const hidden = hiddenRows(source);
  for (let chunk = 0; chunk < table.chunkCount; chunk++) {
    const selection = table.liveRows(chunk);
    for (const row of hidden.get(chunk) ?? []) clearBit(selection, row);
    test.keep(chunk, selection);
    // Last, since it asks for one row after the other.
    if (shows !== undefined) keepRows(selection, (row) => shows(chunk * table.chunkRows + row));
    if (!isEmptyBitmap(selection)) visit(chunk, selection);
  }
}

/** As `selectRows`, the slots: for filters that name the only keys that can match. Others get `undefined`. */
export function selectPinned(source: RowSource, filter: Filter): number[] | undefined {
  const { table, overlay, shows } = source;
  return pinnedKeys(table.def, filter)
    ?.filter((key) => overlay?.get(key) === undefined)
    .map((key) => table.slotOf(key))
    .filter((slot) => slot >= 0 && table.isLive(slot) && shows?.(slot) !== false)
    .filter((slot) => matches(table.def, filter, table.row(slot)));
}

/** The overlay's rows that match. */
export function selectOverlay(source: RowSource, filter: Filter): OverlayRow[] {
  const { table, overlay } = source;
  if (overlay === undefined) return [];
  const keys = pinnedKeys(table.def, filter);
  const entries = keys?.map((key) => [key, overlay.get(key)] as const) ?? overlay.entries();
  const rows: OverlayRow[] = [];
  for (const [key, cells] of entries) {
    if (cells && matches(table.def, filter, cells)) rows.push({ key, cells });
  }
  return rows;
}

/** The only keys that can match, each once, where the filter names them. */
function pinnedKeys(def: TableDef, filter: Filter): string[] | undefined {
  if ('all' in filter) {
    for (const part of filter.all) {
      const keys = pinnedKeys(def, part);
      if (keys !== undefined) return keys;
    }
    return undefined;
  }
  if ('any' in filter || 'not' in filter || filter.column !== def.key) return undefined;
  if (filter.op !== 'eq' && filter.op !== 'in') return undefined;
  return [...new Set(filter.cells.map(keyText))];
}

function keyText(cell: Cell): string {
  return cell instanceof Uint8Array ? encodeBase64Url(cell) : String(cell);
}

/** Rows of the table that the overlay hides, by chunk. */
function hiddenRows({ table, overlay }: RowSource): Map<number, number[]> {
  const hidden = new Map<number, number[]>();
  for (const [key] of overlay?.entries() ?? []) {
    const slot = table.slotOf(key);
    if (slot < 0) continue;
    const chunk = Math.floor(slot / table.chunkRows);
    const rows = hidden.get(chunk);
    if (rows === undefined) hidden.set(chunk, [slot % table.chunkRows]);
    else rows.push(slot % table.chunkRows);
  }
  return hidden;
}
