import { addToMask, type Mask, maskIsEmpty } from '../base/mask.ts';
import type { Stamp } from '../base/stamp.ts';
import { cellsEqual } from '../schema/cell.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { type ChangeEntry, withChange, withRewrite } from './change-index.ts';

/** A row as objects: what evaluating a transaction works on. Never changed in place. */
export interface RowState {
  /** undefined: deleted. */
  readonly cells: readonly Cell[] | undefined;
  /** Seq that last changed, or deleted, the row. */
  readonly version: number;
  /** The home's number of the row; -1 before the home has given it one. */
  readonly number: number;
  /** Names of the scopes that hold the row, or held it when it was deleted; in no particular order. */
  readonly scopes: readonly string[];
  /** Who changed which columns when, newest first; the last one is the insertion. */
  readonly entries: readonly ChangeEntry[];
}

/** One commit's writing of a row. */
export interface RowWrite {
  readonly seq: number;
  readonly stamp: Stamp;
  /** Number of the writer's name. */
  readonly writer: number;
  /** undefined: the row is deleted. */
  readonly cells: readonly Cell[] | undefined;
  /** Scopes of these cells. */
  readonly scopes: readonly string[];
}

/**
 * What a commit makes of a row: the very state that `CommittedState.rowState` gives once the commit is applied, so
 * evaluating does not depend on whether the commits before are durable yet. A commit that leaves the row as it was
 * gives `before`: undefined where it never was.
 */
export function rowAfter(
  table: TableDef,
  before: RowState | undefined,
  write: RowWrite,
): RowState | undefined {
  const { seq, stamp, writer, cells } = write;
  const whole = { seq, stamp, writer, mask: table.allColumns };
  if (before?.cells === undefined) {
    if (cells === undefined) return before;
    const entries = before === undefined ? [whole] : withRewrite(before.entries, whole);
    return { cells, version: seq, number: before?.number ?? -1, scopes: write.scopes, entries };
  }
  if (cells === undefined) {
    return { ...before, cells, version: seq, entries: withRewrite(before.entries, whole) };
  }
  const mask = changedColumns(table, before.cells, cells);
  if (maskIsEmpty(mask)) return before;
  const entries = withChange(before.entries, { ...whole, mask });
  return { ...before, cells, version: seq, scopes: write.scopes, entries };
}

/** The columns in which two versions of a row differ. */
export function changedColumns(
  table: TableDef,
  before: readonly Cell[],
  after: readonly Cell[],
): Mask {
  const mask = new Uint32Array(table.allColumns.length);
  for (const { index, kind } of table.columns) {
    if (!cellsEqual(kind, before[index]!, after[index]!)) addToMask(mask, index);
  }
  return mask;
}
