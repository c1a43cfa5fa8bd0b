import type { CommittedState } from '../change/committed-state.ts';
import type { TableDef } from '../schema/table-def.ts';
import { Redaction } from '../session/redaction.ts';
import type { Identity } from '../session/source.ts';
import type { Filter } from '../table/filter.ts';
import type { Query } from '../table/query.ts';
import { type Readable, readableRows } from './readable-rows.ts';

/** What an identity may read of a table. */
export interface ReaderView {
  /** Its rows, or those that it may be told to match; undefined for all. */
  readonly shows: Readable | undefined;
  /** What is left out of them. */
  readonly redaction: Redaction;
}

/**
 * What an identity is shown of a table, by the same rules as over a session of one that is no writer. A row is not found
 * by a column that is left out of it: by asking again and again its content could be guessed.
 */
export function readerView(
  state: CommittedState,
  table: TableDef,
  identity: Identity,
  { filter, orderBy = [] }: Partial<Query> = {},
): ReaderView {
  const readable = readableRows(state, table, identity);
  const reader = { replicas: [], scopes: ['', ...identity.readScopes] };
  const redaction = new Redaction(state.schema, reader);
  const asked = new Set(orderBy.map(({ column }) => column));
  if (filter !== undefined) addColumns(filter, asked);
  if (!redaction.concerns(table) || asked.size === 0) return { shows: readable, redaction };
  const { columns } = state.table(table);
  const isAsked = (name: string) => asked.has(table.columnByName.get(name)!.index);
  const tells = (slot: number) => redaction.hiddenOf(table, columns.row(slot)).some(isAsked);
  return { shows: (slot) => readable?.(slot) !== false && !tells(slot), redaction };
}

function addColumns(filter: Filter, columns: Set<number>): void {
  if ('column' in filter) columns.add(filter.column);
  else if ('not' in filter) addColumns(filter.not, columns);
  else for (const part of 'all' in filter ? filter.all : filter.any) addColumns(part, columns);
}
