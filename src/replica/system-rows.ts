import { ByteWriter } from '../base/bytes.ts';
import { maskOf } from '../base/mask.ts';
import { finish, type Steps } from '../base/steps.ts';
import { nothingSettled, type Outcome, type Refusal, type Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Transaction } from '../change/transaction.ts';
import type { RowConflict } from '../merge/conflict.ts';
import type { PreparedChange } from '../merge/prepared.ts';
import { defaultCell } from '../schema/cell.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { Cell, MergeRule, Schema, TableDef } from '../schema/table-def.ts';
import { packedCell, textsCell, violationsCell, violationsOf } from './wire-cells.ts';

/** The tables that SyncDB keeps in every database. */
export interface SystemTables {
  readonly writer: TableDef;
  readonly outcome: TableDef;
  readonly conflict: TableDef;
  readonly schemaVersion: TableDef;
  readonly serviceRequest: TableDef;
  readonly epoch: TableDef;
  readonly safePoint: TableDef;
  readonly device: TableDef;
}

export function systemTables(schema: Schema): SystemTables {
  // Every schema has them: `createSchema` adds them.
  const named = (name: string): TableDef => schema.tableByName.get(`syncdb.v1.${name}`)!;
  return {
    writer: named('Writer'),
    outcome: named('Outcome'),
    conflict: named('Conflict'),
    schemaVersion: named('SchemaVersion'),
    serviceRequest: named('ServiceRequest'),
    epoch: named('Epoch'),
    safePoint: named('SafePoint'),
    device: named('Device'),
  };
}

/** How far a replica's transactions are settled in a committed state. */
export function settledIn(state: CommittedState, replica: string): Settled {
  // Every session asks at every commit, so no more than these cells are made.
  const writer = state.schema.tableByName.get(writerName)!;
  const { columns } = state.table(writer);
  const slot = columns.slotOf(replica);
  if (slot < 0 || !columns.isLive(slot)) return nothingSettled;
  const cell = (name: string) => columns.cell(slot, writer.columnByName.get(name)!.index);
  return { counter: Number(cell('counter')), digest: cell('last_digest') as Uint8Array };
}

/** The same of the cells of the writer's row, if there is one. */
export function settledOfCells(writer: TableDef, cells: readonly Cell[] | undefined): Settled {
  if (cells === undefined) return nothingSettled;
  return {
    counter: Number(cellOf(writer, cells, 'counter')),
    digest: cellOf(writer, cells, 'last_digest') as Uint8Array,
  };
}

const writerName = 'syncdb.v1.Writer';

/** What the home made of a settled transaction, as a committed state tells that holds its writer's outcomes. */
export function settledOutcome(state: CommittedState, transaction: Transaction): Outcome {
  const changesMax = transaction.changes.length;
  return finish(finalOutcomeSteps(state.schema, state, { ...transaction, changesMax }));
}

/** The rows that tell of outcomes. */
export interface OutcomeRows {
  has(table: TableDef, key: string): boolean;
  cells(table: TableDef, key: string): readonly Cell[] | undefined;
}

/** A transaction that is known by its name, and has `changesMax` changes or fewer. */
export interface OutcomeOf {
  readonly replica: string;
  readonly counter: number;
  readonly changesMax: number;
}

/** The outcome of a transaction that is final, out of the rows that tell of it: a retry is answered alike. */
export function* finalOutcomeSteps(
  schema: Schema,
  rows: OutcomeRows,
  { replica, counter, changesMax }: OutcomeOf,
  stepChangesMax = Number.POSITIVE_INFINITY,
): Steps<Outcome> {
  const { outcome, conflict } = systemTables(schema);
  const cells = rows.cells(outcome, outcomeKey(replica, counter));
  if (cells !== undefined) return outcomeOf(replica, counter, refusalOf(outcome, cells), 0);
  let conflicts = 0;
  for (let index = 0; index < changesMax; index++) {
    if (rows.has(conflict, conflictKey(replica, counter, index))) conflicts++;
    if ((index + 1) % stepChangesMax === 0) yield;
  }
  return outcomeOf(replica, counter, undefined, conflicts);
}

/** The outcome of a transaction that is final. */
export function outcomeOf(
  replica: string,
  counter: number,
  refusal: Refusal | undefined,
  conflicts: number,
): Outcome {
  const status = refusal === undefined ? 'committed' : 'refused';
  return { replica, counter, status, refusal, conflicts };
}

/** Cells of a row by column name; the others have their defaults. */
export function cellsByName(table: TableDef, values: Readonly<Record<string, Cell>>): Cell[] {
  return table.columns.map((column) => values[column.name] ?? defaultCell(column));
}

/** The cell of the column with this name. */
export function cellOf(table: TableDef, cells: readonly Cell[], name: string): Cell {
  return cells[table.columnByName.get(name)!.index]!;
}

export const outcomeKey = (replica: string, counter: number) => `${replica}/${counter}`;

const conflictKey = (replica: string, counter: number, changeIndex: number) =>
  `${replica}/${counter}/${changeIndex}`;

/** Milliseconds as a time cell. */
export const timeCell = (ms: number) => BigInt(ms) * 1_000_000n;

/** Whose transaction, and when the home ordered it. */
export interface Ordered {
  readonly replica: string;
  readonly counter: number;
  readonly atMs: number;
}

/** The row of a refused transaction. */
export function outcomeCells(table: TableDef, refusal: Refusal, ordered: Ordered): Cell[] {
  const { replica, counter, atMs } = ordered;
  return cellsByName(table, {
    id: outcomeKey(replica, counter),
    replica_id: replica,
    counter: BigInt(counter),
    reason: refusal.reason,
    message: refusal.message,
    change_index: refusal.changeIndex,
    current_etag: refusal.currentEtag,
    violations: violationsCell(table, 'violations', refusal.violations),
    refused_at: timeCell(atMs),
  });
}

/** How a request of a backend service is known again: each caller gives ids of its own. */
export interface RequestName {
  readonly caller: string;
  readonly id: string;
}

/** The same as its row tells. */
export interface RequestRow extends RequestName {
  readonly number: number;
  readonly digest: Uint8Array;
}

/** The row of a request that was ordered under this counter. */
export function requestCells(
  table: TableDef,
  { caller, id, number, digest }: RequestRow,
  counter: number,
): Cell[] {
  return cellsByName(table, { number, request_id: id, counter: BigInt(counter), digest, caller });
}

/** Reads a refusal back from its row. */
export function refusalOf(table: TableDef, cells: readonly Cell[]): Refusal {
  return {
    reason: String(cellOf(table, cells, 'reason')),
    message: String(cellOf(table, cells, 'message')),
    changeIndex: Number(cellOf(table, cells, 'change_index')),
    currentEtag: String(cellOf(table, cells, 'current_etag')),
    violations: violationsOf(cellOf(table, cells, 'violations')),
  };
}

/**
 * What the ledger says of one conflict (invariant 6): who met whom, the fields at stake with rule and winner, and both
 * versions with their scopes. Where one side is a delete, the other's version is there as a whole.
 */
export function conflictCells(
  table: TableDef,
  conflict: RowConflict,
  change: PreparedChange,
  { replica, counter, atMs }: Ordered,
): Cell[] {
  const { fields, met, remote, aboutDelete, localScopes } = conflict;
  const target = change.table;
  const indexes = fields.map(({ column }) => column.index);
  const { cells } = change;
  const all = target.columns.map(({ index }) => index);
  return cellsByName(table, {
    id: conflictKey(replica, counter, conflict.changeIndex),
    replica_id: replica,
    counter: BigInt(counter),
    table: target.name,
    key: change.key,
    base_version: BigInt(conflict.base),
    row_version: BigInt(met.version),
    remote_replica_id: remote.replica,
    fields: packedCell(
      table,
      'fields',
      fields.map(({ column }) => column.number),
    ),
    rules: packedCell(
      table,
      'rules',
      fields.map(({ rule }) => ruleNumber[rule]),
    ),
    local_won: packedCell(
      table,
      'local_won',
      fields.map(({ localWon }) => (localWon ? 1 : 0)),
    ),
    local_row: change.operation === 'delete' ? noRow : rowBytes(target, cells, indexes),
    remote_row:
      met.cells === undefined ? noRow : rowBytes(target, met.cells, aboutDelete ? all : indexes),
    settled_at: timeCell(atMs),
    about_delete: aboutDelete,
    remote_scopes: textsCell(table, 'remote_scopes', met.scopes),
    local_scopes: textsCell(table, 'local_scopes', localScopes),
  });
}

const noRow = new Uint8Array(0);

function rowBytes(
  target: TableDef,
  cells: readonly Cell[],
  indexes: readonly number[],
): Uint8Array {
  const out = new ByteWriter();
  encodeRow(target, cells, maskOf(target.columns.length, indexes), out);
  return out.finish();
}

/** Numbers of `syncdb.v1.Merge`. */
const ruleNumber: Readonly<Record<MergeRule, number>> = {
  'server-wins': 1,
  'client-wins': 2,
  'last-write-wins': 3,
};
