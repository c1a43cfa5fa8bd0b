import { ByteWriter } from '../base/bytes.ts';
import type { Limits } from '../base/limits.ts';
import type { Seq } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { RowName } from '../change/delta-apply.ts';
import type { TableState } from '../change/table-state.ts';
import { sameCells } from '../schema/cell.ts';
import { decodeRow, encodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import { epochsIn, forkBefore } from './epochs.ts';
import type { StoredRow } from './journal-record.ts';
import { journalMisfit } from './replica-errors.ts';
import type { ReplicaRow } from './replica-row.ts';
import type { ShownCells } from './tentative-view.ts';

/**
 * A row as it was shown in a history that was lost, where what is shown now is otherwise. Nobody else may have it: it waits
 * for the app, or a person, to put it back or to let go of it.
 */
export interface QuarantinedRow {
  readonly table: TableDef;
  readonly key: string;
  /** With the tentative changes that it had. */
  readonly cells: readonly Cell[];
  /** Its version in the lost history. */
  readonly version: Seq;
  /** The replica that wrote that version. */
  readonly writer: string;
}

/** What a replica showed, and shows now that another history has taken its place. */
export interface Exchange {
  /** The copy of the lost history, and the cells of the rows that had tentative changes then; undefined for none. */
  readonly before: CommittedState;
  readonly tentative: ShownCells;
  readonly after: CommittedState;
  /** What is shown over `after`. */
  readonly shown: (table: TableDef, key: string) => ReplicaRow | undefined;
  /** What was told of the fork, if anything was; the epochs of `after` tell of it too. */
  readonly forkedAt: Seq | undefined;
  /** Whether a writer is this replica, under whichever of its ids. */
  readonly isOwn: (writer: string) => boolean;
}

/**
 * The team's rows of which the lost history had a version behind the fork, as they were shown, where they are shown
 * otherwise now. Where that version is the replica's own, it writes it again: then only what the new history has not changed
 * since the fork is missing anything, which are the parts of others below.
 */
export function lostRows(exchange: Exchange): QuarantinedRow[] {
  const { before, tentative, after, forkedAt, isOwn } = exchange;
  const epochs = epochsIn(after);
  if (epochs.length === 0 && forkedAt === undefined) return [];
  const isLost = (version: Seq) =>
    forkBefore(epochs, version) !== undefined || (forkedAt !== undefined && version > forkedAt);
  // 0 is not known: then nothing of the new copy counts as written since.
  const partedAt = Math.min(
    forkedAt || before.head,
    forkBefore(epochs, before.head) ?? before.head,
  );
  const lost: QuarantinedRow[] = [];
  for (const state of before.tables) {
    if (state.def.system) continue;
    for (let slot = 0; slot < state.columns.slotEnd; slot++) {
      if (!state.columns.isLive(slot) || !isLost(state.versionOf(slot))) continue;
      const row = rowIn(before, state, slot);
      const { table, key, writer } = row;
      if (isOwn(writer) && versionIn(after, table, key) > partedAt) continue;
      const cells = tentative.get(table)?.has(key) ? tentative.get(table)?.get(key) : row.cells;
      // Where it was deleted here it is not missed.
      if (cells !== undefined && !isSame(table, cells, exchange.shown(table, key)?.cells)) {
        lost.push({ ...row, cells });
      }
    }
  }
  return lost;
}

/** Rows that wait for somebody to judge them. */
export class Quarantine {
  /** Another array whenever they change. */
  rows: readonly QuarantinedRow[] = [];

  add(rows: readonly QuarantinedRow[]): void {
    if (rows.length > 0) this.rows = [...this.rows, ...rows];
  }

  /** Lets go of one that is judged. False where there is none of this version. */
  release(table: string, key: string, version: Seq): boolean {
    const isIt = (row: QuarantinedRow) =>
      row.table.name === table && row.key === key && row.version === version;
    return this.keep((row) => !isIt(row));
  }

  /**
   * Lets go of those that have come back in a copy: the row is as it was, or whoever wrote it has written it again, perhaps
   * otherwise by now. Of what this replica wrote itself only the parts of others were lost. `touched` are the rows to look at.
   */
  follow(
    copy: CommittedState,
    touched: readonly RowName[] | 'all',
    isOwn: (writer: string) => boolean,
  ): void {
    if (this.rows.length === 0) return;
    const keys = touched === 'all' ? undefined : new Set(touched.map(({ key }) => key));
    this.keep((row) => {
      const { table, key, cells, version, writer } = row;
      if (keys?.has(key) === false) return true;
      if (isSame(table, cells, copy.cells(table, key))) return false;
      const isAgain =
        versionIn(copy, table, key) > version && writerIn(copy, table, key) === writer;
      return isOwn(writer) || !isAgain;
    });
  }

  private keep(isKept: (row: QuarantinedRow) => boolean): boolean {
    const kept = this.rows.filter(isKept);
    const isLess = kept.length < this.rows.length;
    if (isLess) this.rows = kept;
    return isLess;
  }
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

/** 0 where the row is not there. */
function versionIn(copy: CommittedState, table: TableDef, key: string): Seq {
  const state = copy.table(table);
  const slot = copy.has(table, key) ? state.columns.slotOf(key) : -1;
  return slot < 0 ? 0 : state.versionOf(slot);
}

function writerIn(copy: CommittedState, table: TableDef, key: string): string {
  const state = copy.table(table);
  return copy.writers.text(state.writerOf(state.columns.slotOf(key)));
}

function isSame(table: TableDef, left: readonly Cell[], right: readonly Cell[] | undefined) {
  return right !== undefined && sameCells(table.columns, left, right);
}
