/** What replicas and homes show, as plain values that can be compared. */
import type { CommittedState } from '../../../src/change/committed-state.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import type { Cell, TableDef } from '../../../src/schema/table-def.ts';
import { simTables } from '../../support/sim-schema.ts';

export type Row = Readonly<Record<string, Cell>>;

function rowOf(table: TableDef, cells: readonly Cell[]): Row {
  return Object.fromEntries(table.columns.map(({ name, index }) => [name, cells[index]!]));
}

/** Rows of the team's tables as `table/key`, with their versions. */
export function committedRows(
  state: CommittedState,
  isWanted: (scopes: readonly string[]) => boolean = () => true,
): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const def of simTables) {
    const table = state.table(def);
    const { columns } = table;
    for (let slot = 0; slot < columns.slotEnd; slot++) {
      if (!columns.isLive(slot)) continue;
      if (!isWanted(state.scopes.setNames(table.scopeSetOf(slot)))) continue;
      const row = { ...rowOf(def, columns.row(slot)), version: table.versionOf(slot) };
      rows.set(`${def.name}/${columns.keyOf(slot)}`, row);
    }
  }
  return new Map([...rows].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The row as the replica shows it, tentative edits on top. */
export function shown(replica: Replica, table: TableDef, key: string): Row | undefined {
  const row = replica.row(table, key);
  return row === undefined ? undefined : rowOf(table, row.cells);
}
