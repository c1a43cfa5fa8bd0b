import type { RowEffect } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { cellOf, type RequestName } from './system-rows.ts';

/** About what a request takes on the heap, without the characters of its name. */
const nameBytes = 120;

/**
 * The requests of backend services whose answers are kept, by caller and id. It follows the rows of `ServiceRequest`, those
 * of commits that are only ordered included.
 */
export class RequestIndex {
  private readonly table: TableDef;
  /** Row by name, in the order in which the requests came. */
  private readonly numbers = new Map<string, number>();
  /** Name by row. */
  private readonly names: string[] = [];
  private characters = 0;

  constructor(table: TableDef) {
    this.table = table;
  }

  /** An estimate. */
  get memoryBytes(): number {
    return this.names.length * nameBytes + this.characters;
  }

  /** The number of the row that has this request. */
  find(name: RequestName): number | undefined {
    return this.numbers.get(textOf(name));
  }

  /** The number of the row that the next request takes: a new one while there are fewer than that, else the oldest's. */
  nextNumber(keptMax: number): number {
    const [oldest] = this.numbers.values();
    return oldest === undefined || this.names.length < keptMax ? this.names.length : oldest;
  }

  /** Takes up what a commit that was made here does to the rows: its effects have all cells. */
  note(effects: readonly RowEffect[]): void {
    for (const { table, key, cells } of effects) {
      if (table === this.table) this.put(Number(key), cells);
    }
  }

  /** The same of a commit of the log, once it is applied: its effects have only the cells that changed. */
  noteApplied(effects: readonly RowEffect[], state: CommittedState): void {
    for (const { table, key } of effects) {
      if (table === this.table) this.put(Number(key), state.cells(table, key)!);
    }
  }

  /** Begins anew with what a state has. */
  reset(state: CommittedState): void {
    this.numbers.clear();
    this.names.length = 0;
    this.characters = 0;
    const rows = state.table(this.table);
    const slots = Array.from({ length: rows.columns.slotEnd }, (_, slot) => slot);
    slots.sort((left, right) => rows.versionOf(left) - rows.versionOf(right));
    for (const slot of slots) this.put(Number(rows.columns.keyOf(slot)), rows.columns.row(slot));
  }

  private put(number: number, cells: readonly Cell[]): void {
    const before = this.names[number];
    if (before !== undefined) this.numbers.delete(before);
    this.characters -= before?.length ?? 0;
    const caller = String(cellOf(this.table, cells, 'caller'));
    const id = String(cellOf(this.table, cells, 'request_id'));
    const name = textOf({ caller, id });
    this.names[number] = name;
    this.characters += name.length;
    this.numbers.set(name, number);
  }
}

/** No id has a space, so no two names have one text. */
function textOf({ caller, id }: RequestName): string {
  return `${id} ${caller}`;
}
