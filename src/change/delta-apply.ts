import { Code, SyncError } from '../base/errors.ts';
import { maskOf } from '../base/mask.ts';
import { keyOfCells } from '../schema/key.ts';
import { decodeRowToStore } from '../schema/row-codec.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { CommittedState } from './committed-state.ts';
import { decidedLimits } from './decided.ts';
import type { RowDelta } from './row-delta.ts';
import type { TableState, Writing } from './table-state.ts';

/** A row of a table. */
export interface RowName {
  readonly table: TableDef;
  readonly key: string;
}

/**
 * Applies what a server sent to a replica's committed state. Returns the row that changed, or undefined where there
 * was nothing to do: a row that is not here may be deleted or evicted. A relay keeps deleted and evicted rows in mind.
 *
 * A delta that does not fit this state is DATA_LOSS DELTA_MISFIT: the caller starts its copy anew. Rows that do not
 * parse raise what `decodeRow` raises.
 */
export function applyDelta(state: CommittedState, delta: RowDelta): RowName | undefined {
  const def = state.schema.tableByName.get(delta.table);
  if (def === undefined) throw misfit(delta, 'the table is unknown');
  const table = state.table(def);
  const { version: seq, stamp } = delta;
  const writing = { seq, stamp, writer: state.writers.intern(delta.writer) };
  if (delta.kind === 'full') return { table: def, key: applyFull(state, def, delta, writing) };
  const slot = table.slotOfNumber(delta.number);
  const live = slot >= 0 && table.columns.isLive(slot);
  if (delta.kind === 'patch') {
    if (!live) throw misfit(delta, 'the row to patch is not here');
    return { table: def, key: applyPatch(state, table, slot, delta, writing) };
  }
  if (slot < 0) return undefined;
  const key = table.columns.keyOf(slot);
  if (delta.kind === 'evicted' || state.role === 'leaf') state.evict(table, slot, writing);
  else if (live) state.deleteRow(def, slot, writing);
  return { table: def, key };
}

function applyFull(
  state: CommittedState,
  def: TableDef,
  delta: RowDelta,
  writing: Writing,
): string {
  const cells = cellsOf(def, delta);
  const key = delta.key === '' ? keyOfCells(def, cells, decidedLimits) : delta.key;
  const { number, scopes } = delta;
  state.writeWhole(def, { key, number, cells, scopes }, writing);
  return key;
}

function applyPatch(
  state: CommittedState,
  table: TableState,
  slot: number,
  delta: RowDelta,
  writing: Writing,
): string {
  const { def } = table;
  const cells = cellsOf(def, delta);
  const indexes = delta.fields.map((number) => {
    const column = def.columnByNumber.get(number);
    if (column === undefined) throw misfit(delta, `field ${number} is unknown`);
    return column.index;
  });
  for (const index of indexes) table.columns.setCell(slot, index, cells[index]!);
  const mask = maskOf(def.columns.length, indexes);
  state.change(table, slot, writing, mask, state.scopes.setOf(delta.scopes));
  return table.columns.keyOf(slot);
}

/** Its cells, to be stored. */
export function cellsOf(def: TableDef, delta: RowDelta): Cell[] {
  return (
    delta.cells?.() ?? decodeRowToStore(def, delta.row, 0, delta.row.length, decidedLimits).cells
  );
}

function misfit(delta: RowDelta, problem: string): SyncError {
  const name = `${delta.table} ${delta.key || delta.number}`;
  return new SyncError(Code.dataLoss, 'DELTA_MISFIT', `${name}: ${problem}`, {
    metadata: { table: delta.table, row_number: String(delta.number) },
  });
}
