import { Code, SyncError } from '../base/errors.ts';
import { maskOf } from '../base/mask.ts';
import { keyOfCells } from '../schema/key.ts';
import { decodeRow } from '../schema/row-codec.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { CommittedState, Writing } from './committed-state.ts';
import type { RowDelta } from './row-delta.ts';
import type { TableState } from './table-state.ts';

/**
 * Applies what a server sent to a replica's committed state. `keepHistory` is for replicas that serve others:
 * deleted and evicted rows stay known there, so that those can be told. Returns the key of the row, or undefined
 * where there was nothing to do. A delta that does not fit this state is DATA_LOSS DELTA_MISFIT: the caller
 * starts its copy anew.
 */
export function applyDelta(
  state: CommittedState,
  delta: RowDelta,
  keepHistory: boolean,
): { table: TableDef; key: string } | undefined {
  const def = state.schema.tableByName.get(delta.table);
  if (def === undefined) throw misfit(delta, 'the table is unknown');
  const writing = {
    seq: delta.version,
    stamp: delta.stamp,
    writer: state.writers.intern(delta.writer),
  };
  if (delta.kind === 'full') return { table: def, key: applyFull(state, def, delta, writing) };
  const slot = slotOfDelta(state.table(def), delta);
  if (delta.kind === 'patch') {
    if (slot < 0) throw misfit(delta, 'the row to patch is not here');
    return { table: def, key: applyPatch(state, def, slot, delta, writing) };
  }
  if (slot < 0) return undefined;
  return { table: def, key: takeAway(state, def, slot, delta, writing, keepHistory) };
}

function applyFull(
  state: CommittedState,
  def: TableDef,
  delta: RowDelta,
  writing: Writing,
): string {
  const { cells } = decodeRow(def, delta.row, 0, delta.row.length, state.limits);
  const key = delta.key === '' ? keyOfCells(def, cells) : delta.key;
  state.writeFull(def, key, delta.number, cells, delta.scopes, writing);
  return key;
}

function applyPatch(
  state: CommittedState,
  def: TableDef,
  slot: number,
  delta: RowDelta,
  writing: Writing,
): string {
  const table = state.table(def);
  const { cells } = decodeRow(def, delta.row, 0, delta.row.length, state.limits);
  const indexes: number[] = [];
  for (const number of delta.fields) {
    const column = def.columnByNumber.get(number);
    // A newer server may know columns that this schema lacks; they are not ours to keep.
    if (column === undefined) continue;
    indexes.push(column.index);
    table.columns.setCell(slot, column.index, cells[column.index] as Cell);
  }
  const version = table.versionOf(slot);
  const mask = maskOf(def.columns.length, indexes);
  table.markChanged(slot, writing.seq, writing.stamp, writing.writer, mask);
  const key = table.columns.keyOf(slot);
  state.rescope(table, slot, key, version, state.scopes.setOf(delta.scopes), writing.seq, false);
  return key;
}

function takeAway(
  state: CommittedState,
  def: TableDef,
  slot: number,
  delta: RowDelta,
  writing: Writing,
  keepHistory: boolean,
): string {
  const table = state.table(def);
  const key = table.columns.keyOf(slot);
  const live = table.columns.isLive(slot);
  if (keepHistory && delta.kind === 'deleted') {
    if (live) state.delete(def, slot, writing);
    return key;
  }
  const before = { set: table.scopeSetOf(slot), version: live ? table.versionOf(slot) : 0 };
  const nowhere = { set: 0, version: 0 };
  state.scopes.record(state.scoped(table, slot, key), writing.seq, before, nowhere, false);
  table.setScopeSet(slot, 0);
  if (keepHistory) {
    if (live) table.columns.bury(slot);
    table.markDeleted(slot, writing.seq, writing.stamp, writing.writer);
  } else {
    state.scopes.forget(def.index, slot, before.set);
    table.release(slot);
  }
  return key;
}

function slotOfDelta(table: TableState, delta: RowDelta): number {
  const slot = table.slotOfNumber(delta.number);
  const held = slot >= 0 && (delta.kind !== 'patch' || table.columns.isLive(slot));
  return held ? slot : -1;
}

function misfit(delta: RowDelta, problem: string): SyncError {
  return new SyncError(Code.dataLoss, 'DELTA_MISFIT', `${delta.table} ${delta.key}: ${problem}`, {
    metadata: { table: delta.table, row_number: String(delta.number) },
  });
}
