import { maskHas } from '../../src/base/mask.ts';
import type { Commit, RowEffect } from '../../src/change/commit.ts';
import { chainStart, decodeCommit } from '../../src/change/commit-record.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { inspectionTable, outcomeTable, schema, writerTable } from './world.ts';

/** A row at one commit; no cells where it was deleted. */
interface Version {
  readonly seq: number;
  readonly cells: readonly Cell[] | undefined;
  /** The row as text, so that two can be compared. */
  readonly text: string;
}

/** What the log says of a transaction. */
export interface Logged {
  readonly seq: number;
  readonly refused: boolean;
  readonly digest: Uint8Array;
}

/** The tables that the model keeps. */
const tables = schema.tables.filter(({ system }) => !system).concat(outcomeTable);

/**
 * What the log's commits make of the rows, at every commit: plain maps, no columns, no index. What replicas hold is
 * held against it.
 */
export class Model {
  readonly transactions = new Map<string, Logged>();
  readonly counters = new Map<string, number>();
  head = 0;
  private chain: Uint8Array = chainStart;
  private readonly rows = new Map<TableDef, Map<string, Version[]>>(
    tables.map((table) => [table, new Map()]),
  );

  /** Takes the next record of the log. */
  feed(record: Uint8Array): Commit {
    const { commit, chain } = decodeCommit(record, this.chain, schema);
    this.chain = chain;
    this.head++;
    for (const effect of commit.effects) this.apply(effect, commit.seq);
    const { replica, counter, seq } = commit;
    const refused = commit.effects.some(({ table }) => table === outcomeTable);
    this.counters.set(replica, counter);
    const writer = commit.effects.find(({ table }) => table === writerTable);
    // A publication of the schema is nobody's transaction.
    if (writer === undefined) return commit;
    const digest = writer.cells[writerTable.columnByName.get('last_digest')!.index] as Uint8Array;
    this.transactions.set(`${replica}/${counter}`, { seq, refused, digest });
    return commit;
  }

  /** Rows at a commit, of those scopes, as sorted lines of text. */
  rowsAt(seq: number, isHeld: (scope: string) => boolean): string[] {
    const lines: string[] = [];
    for (const [table, rows] of this.rows) {
      for (const versions of rows.values()) {
        const version = versions.findLast((each) => each.seq <= seq);
        if (version?.cells !== undefined && isHeld(scopeOf(table, version.cells))) {
          lines.push(version.text);
        }
      }
    }
    return lines.sort();
  }

  private apply({ table, key, kind, mask, cells }: RowEffect, seq: number): void {
    const rows = this.rows.get(table);
    if (rows === undefined) return;
    const versions = rows.get(key) ?? [];
    rows.set(key, versions);
    const before = versions.at(-1)?.cells;
    const after =
      kind === 'delete'
        ? undefined
        : table.columns.map(({ index }) =>
            kind === 'insert' || maskHas(mask, index) ? cells[index]! : before![index]!,
          );
    const text = after === undefined ? '' : rowText(table, seq, after);
    versions.push({ seq, cells: after, text });
  }
}

/** The one scope of a row. */
function scopeOf(table: TableDef, cells: readonly Cell[]): string {
  if (table === inspectionTable) return `station/${cells[1]}`;
  if (table === outcomeTable) return `$replica/${cells[1]}`;
  return '';
}

/** A row as a line that says all of it. */
export function rowText(table: TableDef, version: number, cells: readonly Cell[]): string {
  return `${table.name} ${cells[table.key]} @${version} ${cellsText(cells)}`;
}

export function cellsText(cells: readonly Cell[]): string {
  return cells.map(cellText).join('|');
}

function cellText(cell: Cell): string {
  return cell instanceof Uint8Array ? `0x${Buffer.from(cell).toString('hex')}` : String(cell);
}

/** The rows of a state that the model has too, as sorted lines of text. */
export function rowsOf(state: CommittedState): string[] {
  const lines: string[] = [];
  for (const def of tables) {
    const table = state.table(def);
    for (let slot = 0; slot < table.columns.slotEnd; slot++) {
      if (!table.columns.isLive(slot)) continue;
      lines.push(rowText(def, table.versionOf(slot), table.columns.row(slot)));
    }
  }
  return lines.sort();
}
