import type { TableDef } from '../schema/table-def.ts';

/** A row, by its table and key. */
export interface RowName {
  readonly table: TableDef;
  readonly key: string;
}

/** The rows that changes are about, each once: a transaction may change one row thousands of times. */
export function touchedRows(changes: readonly RowName[]): RowName[] {
  const rows = new Map<TableDef, Map<string, RowName>>();
  for (const { table, key } of changes) {
    const ofTable = rows.get(table) ?? new Map<string, RowName>();
    if (ofTable.size === 0) rows.set(table, ofTable);
    ofTable.set(key, { table, key });
  }
  return [...rows.values()].flatMap((ofTable) => [...ofTable.values()]);
}
