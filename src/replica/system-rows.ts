import { ByteWriter } from '../base/bytes.ts';
import { invalidField } from '../base/errors.ts';
import { maskOf } from '../base/mask.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { RowConflict } from '../merge/conflict.ts';
import { defaultCell } from '../schema/cell.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';

/** The tables that SyncDB keeps in every database. */
export interface SystemTables {
  readonly writer: TableDef;
  readonly outcome: TableDef;
  readonly conflict: TableDef;
}

export function systemTables(schema: Schema): SystemTables {
  const named = (name: string): TableDef => {
    const table = schema.tableByName.get(`syncdb.v1.${name}`);
    if (table === undefined)
      throw invalidField('schema', 'NO_SYSTEM_TABLE', `lacks syncdb.v1.${name}`);
    return table;
  };
  return { writer: named('Writer'), outcome: named('Outcome'), conflict: named('Conflict') };
}

/** How far a replica's transactions are settled in a committed state. */
export function settledCounter(state: CommittedState, replica: string): number {
  const { writer } = systemTables(state.schema);
  const cells = state.rowState(writer, replica)?.cells;
  return cells === undefined ? 0 : Number(cellOf(writer, cells, 'counter'));
}

/** Cells of a row by column name; the others have their defaults. */
export function cellsByName(table: TableDef, values: Readonly<Record<string, Cell>>): Cell[] {
  const cells = table.columns.map((column) => defaultCell(column));
  for (const [name, cell] of Object.entries(values))
    cells[table.columnByName.get(name)!.index] = cell;
  return cells;
}

/** The cell of the column with this name. */
export function cellOf(table: TableDef, cells: readonly Cell[], name: string): Cell {
  return cells[table.columnByName.get(name)!.index] as Cell;
}

export const outcomeKey = (replica: string, counter: number) => `${replica}/${counter}`;

/** Milliseconds as a time cell. */
export const timeCell = (ms: number) => BigInt(ms) * 1_000_000n;

/** What the ledger says of one conflict (invariant 6): both versions of the fields in question, and who won. */
export function conflictCells(
  table: TableDef,
  conflict: RowConflict,
  about: {
    replica: string;
    counter: number;
    target: TableDef;
    key: string;
    base: number;
    localCells: readonly Cell[];
    remoteReplica: string;
    atMs: number;
  },
): Cell[] {
  const columns = conflict.fields.map((field) => field.column);
  const indexes = conflict.aboutDelete
    ? about.target.columns.map((column) => column.index)
    : columns.map((column) => column.index);
  const rowBytes = (cells: readonly Cell[] | undefined): Uint8Array => {
    if (cells === undefined || cells.length === 0) return new Uint8Array(0);
    const out = new ByteWriter();
    encodeRow(about.target, cells, maskOf(about.target.columns.length, indexes), out);
    return out.finish();
  };
  return cellsByName(table, {
    id: `${about.replica}/${about.counter}/${conflict.changeIndex}`,
    replica_id: about.replica,
    counter: BigInt(about.counter),
    table: about.target.name,
    key: about.key,
    base_version: BigInt(about.base),
    row_version: BigInt(conflict.met.version),
    remote_replica_id: about.remoteReplica,
    fields: packed(
      table,
      'fields',
      columns.map((column) => column.number),
    ),
    rules: packed(
      table,
      'rules',
      conflict.fields.map((field) => ruleNumber[field.rule]),
    ),
    local_won: packed(
      table,
      'local_won',
      conflict.fields.map((field) => (field.localWon ? 1 : 0)),
    ),
    local_row: rowBytes(about.localCells),
    remote_row: rowBytes(conflict.met.cells),
    settled_at: timeCell(about.atMs),
    about_delete: conflict.aboutDelete,
  });
}

/** Numbers of `syncdb.v1.Merge`. */
const ruleNumber = { 'server-wins': 1, 'client-wins': 2, 'last-write-wins': 3 } as const;

/** A wire cell: one packed record of varints. */
function packed(table: TableDef, name: string, values: readonly number[]): Cell {
  if (values.length === 0) return null;
  const out = new ByteWriter();
  out.varint(table.columnByName.get(name)!.number * 8 + 2);
  const mark = out.beginLength(values.length);
  for (const value of values) out.varint(value);
  out.endLength(mark);
  return out.finish();
}
