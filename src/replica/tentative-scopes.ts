import { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { maskHas } from '../base/mask.ts';
import type { PreparedChange, PreparedTransaction } from '../merge/prepared.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Cell, ScopeTemplate, TableDef } from '../schema/table-def.ts';
import { touchedRows } from './touched-rows.ts';

/** A row as it is known: committed, and after each of its tentative changes; undefined where it is not there. */
export type VersionsOf = (table: TableDef, key: string) => readonly (readonly Cell[] | undefined)[];

/**
 * Scopes that hold the rows of a tentative transaction, in all the versions that are known here. Undefined where
 * nothing is known of one of the rows, or where it is in more scopes than a row may be: nobody can say then who may
 * see it.
 */
export function tentativeScopes(
  { changes }: PreparedTransaction,
  versionsOf: VersionsOf,
  limits: Limits,
): string[] | undefined {
  try {
    const scopes = new Set<string>();
    for (const { table, key } of touchedRows(changes)) {
      const known = versionsOf(table, key).filter((cells) => cells !== undefined);
      const names = known.flatMap((cells) => scopesOf(table, cells, limits));
      if (names.length === 0) return undefined;
      for (const name of names) scopes.add(name);
    }
    for (const change of changes) for (const name of namedScopes(change, limits)) scopes.add(name);
    return [...scopes];
  } catch (error) {
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}

/** Scopes that a patch names by itself. It may have had no row to change; then no version of the row has them. */
function namedScopes({ operation, table, mask, cells }: PreparedChange, limits: Limits): string[] {
  if (operation !== 'patch') return [];
  const isNamed = ({ parts }: ScopeTemplate) =>
    parts.every((part) => 'text' in part || maskHas(mask, part.column));
  const scopes = table.scopes.filter(isNamed);
  return scopes.length === 0 ? [] : scopesOf({ ...table, scopes }, cells, limits);
}
