import { defaultLimits } from '../../src/base/limits.ts';
import type { Commit } from '../../src/change/commit.ts';
import { listElements } from '../../src/schema/list-elements.ts';
import { decodeRow } from '../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { sameCell } from './model.ts';
import { conflictTable } from './world.ts';

export type Rule = 'server' | 'client' | 'last';

/** A field at stake. */
export interface Stake {
  readonly column: number;
  readonly rule: Rule;
  readonly localWon: boolean;
}

/** What a ledger entry has to say. */
export interface Expected {
  /** Of the change in its transaction. */
  readonly index: number;
  readonly table: TableDef;
  readonly key: string;
  readonly fields: readonly Stake[];
  /** Undefined where that side is a delete. */
  readonly local: readonly Cell[] | undefined;
  readonly remote: readonly Cell[] | undefined;
  /** Up to which seq its writer knew the row, and its version when they met. */
  readonly base: number;
  readonly version: number;
  readonly remoteWriter: string;
  readonly remoteScopes: readonly string[];
  readonly localScopes: readonly string[];
}

/** Numbers of `syncdb.v1.Merge`. */
const ruleNumbers: Readonly<Record<Rule, number>> = { server: 1, client: 2, last: 3 };

/** Of the change of its transaction that an entry is about. */
export function changeIndexOf(cells: readonly Cell[]): number {
  const id = String(cellOf(cells, 'id'));
  return Number(id.slice(id.lastIndexOf('/') + 1));
}

/** What is wrong with an entry; undefined where both versions can be read in it, and what became of each field. */
export function differenceOf(
  cells: readonly Cell[],
  expected: Expected,
  { replica, counter, atMs }: Commit,
): string | undefined {
  const { index, table, key, fields, local, remote } = expected;
  const plain: Readonly<Record<string, Cell>> = {
    id: `${replica}/${counter}/${index}`,
    replica_id: replica,
    counter: BigInt(counter),
    table: table.name,
    key,
    base_version: BigInt(expected.base),
    row_version: BigInt(expected.version),
    remote_replica_id: expected.remoteWriter,
    settled_at: BigInt(atMs) * 1_000_000n,
    about_delete: local === undefined || remote === undefined,
    redacted: false,
  };
  for (const [name, cell] of Object.entries(plain)) {
    const is = cellOf(cells, name);
    if (!sameCell(is, cell)) return `${name} is ${is}, not ${cell}`;
  }
  const lists: Readonly<Record<string, readonly unknown[]>> = {
    fields: fields.map(({ column }) => table.columns[column]!.number),
    rules: fields.map(({ rule }) => ruleNumbers[rule]),
    local_won: fields.map(({ localWon }) => localWon),
    remote_scopes: expected.remoteScopes,
    local_scopes: expected.localScopes,
  };
  for (const [name, list] of Object.entries(lists)) {
    const is = listIn(cells, name);
    if (is.join() !== list.join()) return `${name} are [${is}], not [${list}]`;
  }
  return differentRow(cells, expected);
}

/** Elements of a column of an entry. */
export function listIn(cells: readonly Cell[], name: string) {
  const cell = cellOf(cells, name) as Uint8Array | null;
  return listElements(conflictTable.columnByName.get(name)!, cell);
}

function differentRow(cells: readonly Cell[], expected: Expected): string | undefined {
  const { table, fields, local, remote } = expected;
  const columns = fields.map(({ column }) => column);
  const row = (name: string) => cellOf(cells, name) as Uint8Array;
  if (!shows(row('local_row'), local, columns, table)) return 'the local version cannot be read';
  const all = table.columns.map(({ index }) => index);
  const remoteColumns = local === undefined ? all : columns;
  if (!shows(row('remote_row'), remote, remoteColumns, table)) {
    return 'the remote version cannot be read';
  }
  return undefined;
}

function shows(
  row: Uint8Array,
  cells: readonly Cell[] | undefined,
  columns: readonly number[],
  table: TableDef,
): boolean {
  if (cells === undefined) return row.length === 0;
  const read = decodeRow(table, row, 0, row.length, defaultLimits).cells;
  return columns.every((column) => sameCell(read[column]!, cells[column]!));
}

export function cellOf(cells: readonly Cell[], name: string): Cell {
  return cells[conflictTable.columnByName.get(name)!.index]!;
}
