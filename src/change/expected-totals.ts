import { SyncError } from '../base/errors.ts';
import { keyOfCells } from '../schema/key.ts';
import type { CommittedState, Keeping } from './committed-state.ts';
import { decidedLimits } from './decided.ts';
import { cellsOf } from './delta-apply.ts';
import type { RowDelta } from './row-delta.ts';
import { addDigest, rowDigest, type ScopeTotal } from './row-digest.ts';
import type { TableState } from './table-state.ts';

/** What a sum needs to know of a live row. */
interface Known {
  readonly key: string;
  readonly version: number;
  readonly scopes: readonly string[];
}

/**
 * The count and digest that a replica's state would have after deltas, without applying them: so a copy can be found
 * wrong before anybody sees it. Rows are known by their numbers, and a digest needs no more of one than its key,
 * version and scopes, so of a row only the key is ever read.
 */
export class ExpectedTotals {
  private readonly state: CommittedState;
  private readonly total: ScopeTotal;
  /** By table and number: rows that are otherwise than in the state; undefined for one that is gone. */
  private readonly changed: Map<number, Known | undefined>[];

  constructor(state: CommittedState) {
    this.state = state;
    const { count, high, low } = state.scopes.everything;
    this.total = { count, high, low };
    this.changed = state.tables.map(() => new Map());
  }

  /** (row, scope) pairs, and the sum of their digests. */
  get totals(): Readonly<ScopeTotal> {
    return this.total;
  }

  /** False where the delta does not fit, as `applyDelta` would say. */
  add(delta: RowDelta): boolean {
    const def = this.state.schema.tableByName.get(delta.table);
    if (def === undefined) return false;
    const table = this.state.table(def);
    const before = this.known(table, delta.number);
    if (delta.kind === 'deleted' || delta.kind === 'evicted') {
      this.exchange(table, delta.number, before, undefined);
      return true;
    }
    const { version, scopes } = delta;
    const key = delta.kind === 'patch' ? before?.key : (before?.key ?? keyOf(table, delta));
    if (key === undefined) return false;
    this.exchange(table, delta.number, before, { key, version, scopes });
    return true;
  }

  /** Takes rows out of the scopes and tables that are not kept; `isKept` is asked for each scope. */
  keep(keeping: Keeping): void {
    const { isWanted, isKept } = keeping;
    for (const table of this.state.tables) {
      const wanted = isWanted(table);
      for (const [number, row] of this.changed[table.def.index]!) {
        if (row !== undefined)
          this.narrow(table, number, row, wanted ? row.scopes.filter(isKept) : []);
      }
    }
    for (const { table, slot, scopes } of this.state.narrowed(keeping)) {
      const number = table.numberOf(slot);
      if (this.changed[table.def.index]!.has(number)) continue;
      this.narrow(table, number, this.inState(table, slot), scopes);
    }
  }

  private narrow(table: TableState, number: number, row: Known, scopes: readonly string[]): void {
    if (scopes.length === row.scopes.length) return;
    this.exchange(table, number, row, scopes.length > 0 ? { ...row, scopes } : undefined);
  }

  private known(table: TableState, number: number): Known | undefined {
    const changed = this.changed[table.def.index]!;
    if (changed.has(number)) return changed.get(number);
    const slot = table.slotOfNumber(number);
    return slot >= 0 && table.columns.isLive(slot) ? this.inState(table, slot) : undefined;
  }

  private inState(table: TableState, slot: number): Known {
    const scopes = this.state.scopes.setNames(table.scopeSetOf(slot));
    return { key: table.columns.keyOf(slot), version: table.versionOf(slot), scopes };
  }

  private exchange(
    table: TableState,
    number: number,
    before: Known | undefined,
    after: Known | undefined,
  ): void {
    if (before !== undefined) this.count(table, before, -1);
    if (after !== undefined) this.count(table, after, 1);
    this.changed[table.def.index]!.set(number, after);
  }

  private count({ def }: TableState, { key, version, scopes }: Known, sign: 1 | -1): void {
    const digest = rowDigest(def.name, key, version);
    for (let pair = 0; pair < scopes.length; pair++) addDigest(this.total, digest, sign);
    this.total.count += sign * scopes.length;
  }
}

/** A whole row may tell its key by its cells alone; undefined where they do not parse. */
function keyOf({ def }: TableState, delta: RowDelta): string | undefined {
  if (delta.key !== '') return delta.key;
  try {
    return keyOfCells(def, cellsOf(def, delta), decidedLimits);
  } catch (error) {
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}
