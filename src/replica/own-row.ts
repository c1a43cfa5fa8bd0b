import type { RowEffect } from '../change/commit.ts';
import { decidedLimits } from '../change/decided.ts';
import { rowAfter } from '../change/row-state.ts';
import type { Writing } from '../change/table-state.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { PendingState } from './pending-state.ts';

/** A row of SyncDB's own that the home writes, or deletes where it has no cells. */
export interface OwnRow {
  readonly table: TableDef;
  readonly key: string;
  readonly cells: readonly Cell[] | undefined;
}

/** Takes up a row in what is pending. Returns the effect for the log; undefined where the row is as it was. */
export function writeOwnRow(
  pending: PendingState,
  { table, key, cells }: OwnRow,
  writing: Writing,
): RowEffect | undefined {
  const before = pending.row(table, key);
  const scopes = cells === undefined ? [] : scopesOf(table, cells, decidedLimits);
  const after = rowAfter(table, before, { ...writing, cells, scopes });
  return after === undefined || after === before ? undefined : pending.write(table, key, after);
}

/** The row with these cells. */
export function ownRow(table: TableDef, cells: readonly Cell[]): OwnRow {
  return { table, key: String(cells[table.key]), cells };
}
