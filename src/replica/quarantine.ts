import type { Seq } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { TableState } from '../change/table-state.ts';
import { cellsEqual } from '../schema/cell.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { epochsIn, forkBefore } from './epochs.ts';
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
