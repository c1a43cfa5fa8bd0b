import { ByteWriter } from '../base/bytes.ts';
import { maskOf } from '../base/mask.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { cellOf, systemTables } from '../replica/system-rows.ts';
import { defaultCell } from '../schema/cell.ts';
import { listElements } from '../schema/list-elements.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { SyncSource } from './source.ts';
import { coverTest } from './subscription.ts';

/** What is left out for a reader that holds none of the scopes of the version that was met. */
const remoteColumns = ['remote_row', 'remote_replica_id', 'row_version', 'remote_scopes'];
/** Likewise of the version that the writer wanted. */
const localColumns = ['local_row', 'base_version', 'local_scopes'];
/** What tells of both, left out where one of them is; only the writer itself keeps it. */
const sharedColumns = ['key', 'fields', 'rules', 'local_won', 'about_delete'];

/**
 * What one receiver is not told of the ledger (invariant 7). An entry stands in its writer's scope and has values of
 * two versions of a row, which may each be in scopes that the receiver does not hold: a writer need not be able to
 * read what it met, and a relay holds the ledgers of all writers. Only contents are left out: who holds an entry, its
 * key and its row version stay, so proofs do. An entry that came here redacted is passed on so.
 */
export class Redaction {
  private readonly table: TableDef;
  private readonly replica: string;
  private readonly holdsAll: boolean;
  private readonly isServed: (scope: string) => boolean;

  /** `scopes` are what is served to the replica. */
  constructor({ schema }: SyncSource, replica: string, scopes: readonly string[]) {
    this.table = systemTables(schema).conflict;
    this.replica = replica;
    this.holdsAll = scopes.includes('*');
    this.isServed = coverTest(scopes);
  }

  /** The deltas as the receiver may have them; `state` is what they were gathered from, and as it was then. */
  of(deltas: readonly RowDelta[], state: CommittedState): readonly RowDelta[] {
    const { name } = this.table;
    // A batch rarely has any, and need not be copied then.
    if (this.holdsAll || deltas.every(({ table }) => table !== name)) return deltas;
    return deltas.map((delta) => (delta.table === name ? this.ofEntry(delta, state) : delta));
  }

  private ofEntry(delta: RowDelta, state: CommittedState): RowDelta {
    if (delta.kind === 'deleted' || delta.kind === 'evicted') return delta;
    const { table } = this;
    const cells = state.cells(table, delta.key)!;
    const hidden = this.hiddenOf(cells);
    if (hidden.length === 0) return delta;
    const numbers = delta.fields.map((number) => table.columnByNumber.get(number)!.index);
    const mask = delta.kind === 'patch' ? maskOf(table.columns.length, numbers) : undefined;
    const out = new ByteWriter();
    encodeRow(table, without(table, cells, hidden), mask, out);
    return { ...delta, row: out.finish() };
  }

  /** Names of the columns that the receiver may not have. */
  private hiddenOf(cells: readonly Cell[]): string[] {
    const isWriter = cellOf(this.table, cells, 'replica_id') === this.replica;
    const hidden: string[] = [];
    if (!this.holdsOneOf(cells, 'remote_scopes')) hidden.push(...remoteColumns);
    if (!isWriter && !this.holdsOneOf(cells, 'local_scopes')) hidden.push(...localColumns);
    if (!isWriter && hidden.length > 0) hidden.push(...sharedColumns);
    return hidden;
  }

  private holdsOneOf(cells: readonly Cell[], name: string): boolean {
    const column = this.table.columnByName.get(name)!;
    const scopes = listElements(column, cells[column.index] as Uint8Array | null);
    return scopes.some((scope) => this.isServed(scope as string));
  }
}

function without(table: TableDef, cells: readonly Cell[], hidden: readonly string[]): Cell[] {
  return table.columns.map((column) => {
    if (column.name === 'redacted') return true;
    return hidden.includes(column.name) ? defaultCell(column) : cells[column.index]!;
  });
}
