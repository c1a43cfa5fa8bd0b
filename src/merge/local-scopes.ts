import { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { type Mask, maskHas } from '../base/mask.ts';
import type { RowState } from '../change/row-state.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { PreparedChange } from './prepared.ts';

/**
 * The scopes of a row as a change would have it if nobody else had changed it: who may read what the ledger keeps of the
 * change. None where that cannot be known, or there would be too many; then only those may who may read everything.
 */
export function localScopes(
  { operation, table, mask, cells }: PreparedChange,
  row: RowState,
  limits: Limits,
): readonly string[] {
  if (operation === 'put') return scopesOrNone(table, cells, limits);
  if (operation === 'delete') return row.scopes;
  if (row.cells !== undefined) return scopesOrNone(table, patched(row.cells, cells, mask), limits);
  // What a deleted row was is not kept, so where the patch would have moved it to is not known.
  return namesScopes(table, mask) ? [] : row.scopes;
}

/** The cells with those of the mask set. */
export function patched(
  current: readonly Cell[],
  cells: readonly Cell[],
  mask: Mask,
): readonly Cell[] {
  return current.map((cell, column) => (maskHas(mask, column) ? cells[column]! : cell));
}

function scopesOrNone(table: TableDef, cells: readonly Cell[], limits: Limits): string[] {
  try {
    return scopesOf(table, cells, limits);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return [];
  }
}

function namesScopes({ scopes }: TableDef, mask: Mask): boolean {
  return scopes.some(({ parts }) =>
    parts.some((part) => 'column' in part && maskHas(mask, part.column)),
  );
}
