import { ByteWriter } from '../base/bytes.ts';
import type { Limits } from '../base/limits.ts';
import type { Seq } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { TableState } from '../change/table-state.ts';
import { cellsEqual } from '../schema/cell.ts';
import { decodeRow, encodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import { epochsIn, forkBefore } from './epochs.ts';
import type { StoredRow } from './journal-record.ts';
import { journalMisfit } from './replica-errors.ts';
import type { ReplicaRow } from './replica-row.ts';

/**
 * A row as a history had it that was lost, where what is shown now is otherwise. Nobody else may have it: it waits for the
 * app, or a person, to put it back or to let go of it.
 */
export interface QuarantinedRow {
  readonly table: TableDef;
  readonly key: string;
  readonly cells: readonly Cell[];
  /** Its version in the lost history. */
  readonly version: Seq;
  /** The replica that wrote that version. */
  readonly writer: string;
}

/**
 * The team's rows that `before`, a copy of the lost history, has behind the fork, and that are otherwise, or absent, in what
 * is shown over `after`. `forkedAt` is what was told of the fork, if anything was; the epochs of `after` tell of it too.
 */
export function lostRows(
  before: CommittedState,
  after: CommittedState,
  shown: (table: TableDef, key: string) => ReplicaRow | undefined,
  forkedAt: Seq | undefined,
): QuarantinedRow[] {
  const epochs = epochsIn(after);
  if (epochs.length === 0 && forkedAt === undefined) return [];
  const isLost = (version: Seq) =>
    forkBefore(epochs, version) !== undefined || (forkedAt !== undefined && version > forkedAt);
  const lost: QuarantinedRow[] = [];
  for (const state of before.tables) {
    if (state.def.system) continue;
    for (let slot = 0; slot < state.columns.slotEnd; slot++) {
      if (!state.columns.isLive(slot) || !isLost(state.versionOf(slot))) continue;
      const row = rowIn(before, state, slot);
      if (!isSame(row, shown(row.table, row.key))) lost.push(row);
    }
  }
  return lost;
}

/** Those that are left when one of them is judged. */
export function withoutRow(
  rows: readonly QuarantinedRow[],
  table: string,
  key: string,
  version: Seq,
): QuarantinedRow[] {
  return rows.filter(
    (row) => row.table.name !== table || row.key !== key || row.version !== version,
  );
}

/** The same as it is stored. */
export function storedRow({ table, key, cells, version, writer }: QuarantinedRow): StoredRow {
  const out = new ByteWriter();
  encodeRow(table, cells, table.allColumns, out);
  return { table: table.name, key, version, writer, row: out.finish() };
}

/** DATA_LOSS JOURNAL_MISFIT where the schema does not have its table. */
export function quarantinedRow(
  { schema, limits }: { readonly schema: Schema; readonly limits: Limits },
  { table: name, key, version, writer, row }: StoredRow,
): QuarantinedRow {
  const table = schema.tableByName.get(name);
  if (table === undefined) throw journalMisfit(`a row of ${name}`);
  const { cells } = decodeRow(table, row, 0, row.length, limits);
  return { table, key, cells, version, writer };
}

function rowIn(copy: CommittedState, state: TableState, slot: number): QuarantinedRow {
  return {
    table: state.def,
    key: state.columns.keyOf(slot),
    cells: state.columns.row(slot),
    version: state.versionOf(slot),
    writer: copy.writers.text(state.writerOf(slot)),
  };
}

function isSame({ table, cells }: QuarantinedRow, shown: ReplicaRow | undefined): boolean {
  return (
    shown !== undefined &&
    table.columns.every(({ kind, index }) => cellsEqual(kind, cells[index]!, shown.cells[index]!))
  );
}
