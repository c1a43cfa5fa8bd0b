import type { RowEffect } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { cellOf } from './system-rows.ts';

/**
 * The requests of backend services whose answers are kept, by their ids. It follows the rows of `ServiceRequest`, those
 * of commits that are only ordered included.
 */
export class RequestIndex {
  private readonly table: TableDef;
  /** Row by id, in the order in which the requests came. */
  private readonly numbers = new Map<string, number>();
  /** Id by row. */
  private readonly ids: string[] = [];

  constructor(table: TableDef) {
    this.table = table;
  }

  /** The number of the row that has this request. */
  find(id: string): number | undefined {
    return this.numbers.get(id);
  }

  /** The number of the row that the next request takes: a new one while there are fewer than that, else the oldest's. */
  nextNumber(keptMax: number): number {
    const [oldest] = this.numbers.values();
    return oldest === undefined || this.ids.length < keptMax ? this.ids.length : oldest;
  }

  /** Takes up what a commit does to the rows. */
  note(effects: readonly RowEffect[]): void {
    for (const { table, key, cells } of effects) {
      if (table === this.table) this.put(Number(key), cells);
    }
  }

  /** Begins anew with what a state has. */
  reset(state: CommittedState): void {
    this.numbers.clear();
    this.ids.length = 0;
    const rows = state.table(this.table);
    const slots = Array.from({ length: rows.columns.slotEnd }, (_, slot) => slot);
    slots.sort((left, right) => rows.versionOf(left) - rows.versionOf(right));
    for (const slot of slots) this.put(Number(rows.columns.keyOf(slot)), rows.columns.row(slot));
  }

  private put(number: number, cells: readonly Cell[]): void {
    const before = this.ids[number];
    if (before !== undefined) this.numbers.delete(before);
    const id = String(cellOf(this.table, cells, 'request_id'));
    this.ids[number] = id;
    this.numbers.set(id, number);
  }
}
