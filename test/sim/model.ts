import { maskHas } from '../../src/base/mask.ts';
import type { Commit, RowEffect } from '../../src/change/commit.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { TableState } from '../../src/change/table-state.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { conflictTable, inspectionTable, outcomeTable, schema } from './world.ts';

/** A row at one commit; no cells where it was deleted. */
interface Version {
  readonly seq: number;
  readonly cells: readonly Cell[] | undefined;
}

/** A live row. */
export interface ModelRow {
  readonly table: TableDef;
  readonly key: string;
  readonly seq: number;
  readonly cells: readonly Cell[];
}

/** Whether a reader may hold an entry of the ledger as `found`. */
export type MayHold = (entry: readonly Cell[], found: readonly Cell[]) => boolean;

/** The tables that the model keeps. */
const tables = schema.tables.filter(({ system }) => !system).concat(outcomeTable, conflictTable);

/**
 * What the log's commits make of the rows, at every commit: plain maps, no columns, no index. What replicas hold is
 * held against it.
 */
export class Model {
  private readonly rows = new Map<TableDef, Map<string, Version[]>>(
    tables.map((table) => [table, new Map()]),
  );

  /** Takes up the next commit of the log. */
  apply({ effects, seq }: Commit): void {
    for (const effect of effects) this.applyEffect(effect, seq);
  }

  /** The team's rows that a commit behind `after` made, as they are at `seq`, of those scopes. */
  *rowsSince(after: number, seq: number, isHeld: (scope: string) => boolean): Generator<ModelRow> {
    for (const [table, rows] of this.rows) {
      if (table.system) continue;
      for (const [key, versions] of rows) {
        const version = versionAt(versions, seq);
        if (version?.cells === undefined || version.seq <= after) continue;
        if (isHeld(scopeOf(table, version.cells))) {
          yield { table, key, seq: version.seq, cells: version.cells };
        }
      }
    }
  }

  /** Whether a row that is in these scopes at `seq` is in none of them at `later`. */
  loses(seq: number, later: number, isHeld: (scope: string) => boolean): boolean {
    for (const [table, rows] of this.rows) {
      for (const versions of rows.values()) {
        const [then, now] = [seq, later].map((at) => versionAt(versions, at)?.cells);
        const isHeldIn = (cells: readonly Cell[]) => isHeld(scopeOf(table, cells));
        if (then && isHeldIn(then) && !(now && isHeldIn(now))) return true;
      }
    }
    return false;
  }

  /** The version of a row at `seq`; 0 where it is not there. */
  versionOf(table: TableDef, key: string, seq: number): number {
    const version = versionAt(this.rows.get(table)?.get(key) ?? [], seq);
    return version?.cells === undefined ? 0 : version.seq;
  }

  /** What a state at `seq` has otherwise than the log, of those scopes; undefined where it is the same. */
  difference(
    state: CommittedState,
    seq: number,
    isHeld: (scope: string) => boolean,
    mayHold: MayHold = sameCells,
  ): string | undefined {
    if (this.isSame(state, seq, isHeld, mayHold)) return undefined;
    const found = linesOf(state);
    const wanted = this.linesAt(seq, isHeld);
    const extra = found.filter((line) => !wanted.includes(line));
    const missing = wanted.filter((line) => !found.includes(line));
    if (extra.length + missing.length === 0)
      return 'tells otherwise of a conflict than the ledger has it for its scopes (I6, I7)';
    return `has [${extra.join('; ')}] and lacks [${missing.join('; ')}]`;
  }

  /** Nothing is spelled out where all is well, which is nearly always. */
  private isSame(
    state: CommittedState,
    seq: number,
    isHeld: (scope: string) => boolean,
    mayHold: MayHold,
  ): boolean {
    for (const [def, rows] of this.rows) {
      const table = state.table(def);
      let count = 0;
      for (const [key, versions] of rows) {
        const version = versionAt(versions, seq);
        if (version?.cells === undefined || !isHeld(scopeOf(def, version.cells))) continue;
        const isAs = isServedInPart(def) ? mayHold : sameCells;
        if (!hasVersion(table, key, version.seq, (cells) => isAs(version.cells!, cells)))
          return false;
        count++;
      }
      if (table.columns.liveCount !== count) return false;
    }
    return true;
  }

  private linesAt(seq: number, isHeld: (scope: string) => boolean): string[] {
    const lines: string[] = [];
    for (const [table, rows] of this.rows) {
      for (const versions of rows.values()) {
        const version = versionAt(versions, seq);
        if (version?.cells === undefined || !isHeld(scopeOf(table, version.cells))) continue;
        lines.push(lineOf(table, version.seq, version.cells));
      }
    }
    return lines.sort();
  }

  private applyEffect({ table, key, kind, mask, cells }: RowEffect, seq: number): void {
    const rows = this.rows.get(table);
    if (rows === undefined) return;
    let versions = rows.get(key);
    if (versions === undefined) {
      versions = [];
      rows.set(key, versions);
    }
    const before = versions.at(-1)?.cells;
    const after =
      kind === 'delete'
        ? undefined
        : table.columns.map(({ index }) =>
            kind === 'insert' || maskHas(mask, index) ? cells[index]! : before![index]!,
          );
    versions.push({ seq, cells: after });
  }
}

function versionAt(versions: readonly Version[], seq: number): Version | undefined {
  for (let index = versions.length - 1; index >= 0; index--) {
    if (versions[index]!.seq <= seq) return versions[index];
  }
  return undefined;
}

function hasVersion(
  table: TableState,
  key: string,
  seq: number,
  isAs: (cells: readonly Cell[]) => boolean,
): boolean {
  const { columns } = table;
  const slot = columns.slotOf(key);
  if (slot < 0 || !columns.isLive(slot) || table.versionOf(slot) !== seq) return false;
  return isAs(columns.row(slot));
}

/** Of the ledger everyone is told as much as it may read, so contents differ by reader. */
function isServedInPart(table: TableDef): boolean {
  return table === conflictTable;
}

/** The one scope of a row. */
export function scopeOf(table: TableDef, cells: readonly Cell[]): string {
  if (table === inspectionTable) return `station/${cells[1]}`;
  if (table === outcomeTable || table === conflictTable) return `$replica/${cells[1]}`;
  return '';
}

export function sameCells(left: readonly Cell[], right: readonly Cell[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (!sameCell(left[index]!, right[index]!)) return false;
  }
  return true;
}

export function sameCell(left: Cell, right: Cell): boolean {
  if (!(left instanceof Uint8Array) || !(right instanceof Uint8Array)) return left === right;
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** A row as a line that says all of it. */
function lineOf(table: TableDef, version: number, cells: readonly Cell[]): string {
  const what = isServedInPart(table) ? '' : cellsText(cells);
  return `${table.name} ${cells[table.key]} @${version} ${what}`;
}

export function cellsText(cells: readonly Cell[]): string {
  return cells.map(cellText).join('|');
}

function cellText(cell: Cell): string {
  return cell instanceof Uint8Array ? `0x${Buffer.from(cell).toString('hex')}` : String(cell);
}

/** The rows of a state that the model has too, as sorted lines of text. */
export function linesOf(state: CommittedState): string[] {
  const lines: string[] = [];
  for (const def of tables) {
    const table = state.table(def);
    for (let slot = 0; slot < table.columns.slotEnd; slot++) {
      if (!table.columns.isLive(slot)) continue;
      lines.push(lineOf(def, table.versionOf(slot), table.columns.row(slot)));
    }
  }
  return lines.sort();
}
