import { assert } from '../base/errors.ts';
import { maskHas, maskIndexes } from '../base/mask.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Limits } from '../base/limits.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import type { Commit, RowEffect } from './commit.ts';
import { Interner } from './interner.ts';
import { ScopeIndex } from './scope-index.ts';
import { type RowState, TableState } from './table-state.ts';

/** One row version, as the bookkeeping of a write. */
export interface Writing {
  readonly seq: number;
  readonly stamp: number;
  /** Number of the writer's name. */
  readonly writer: number;
}

/**
 * Committed state at one seq: tables, who changed what since when, and scopes. It changes only by applying
 * commits (at the home and when a log is replayed) or deltas (on a replica, see `delta-apply.ts`).
 */
export class CommittedState {
  readonly schema: Schema;
  readonly limits: Limits;
  readonly tables: readonly TableState[];
  readonly scopes: ScopeIndex;
  readonly writers = new Interner();
  /** Seq of the newest commit in this state. */
  head = 0;
  /** Deletions up to this seq are not known here: the state began as a copy of a later one. 0 at the home. */
  horizon = 0;

  /** `home` true: this state gives row numbers itself. */
  constructor(schema: Schema, limits: Limits, home: boolean) {
    this.schema = schema;
    this.limits = limits;
    this.tables = schema.tables.map((def) => new TableState(def, home));
    this.scopes = new ScopeIndex({
      numberOf: (table, slot) => this.tables[table]!.numberOf(slot),
      versionOf: (table, slot) => this.tables[table]!.versionOf(slot),
    });
  }

  get memoryBytes(): number {
    return this.tables.reduce((sum, table) => sum + table.memoryBytes, this.scopes.memoryBytes);
  }

  table(def: TableDef): TableState {
    return this.tables[def.index]!;
  }

  /** The row, live or deleted; undefined where the key was never there. */
  rowState(def: TableDef, key: string): RowState | undefined {
    const state = this.table(def);
    const slot = state.columns.slotOf(key);
    return slot < 0 ? undefined : state.state(slot);
  }

  /** Applies one commit: the next one. */
  apply(commit: Commit): void {
    assert(commit.seq > this.head, `commit ${commit.seq} does not follow ${this.head}`);
    const writing = {
      seq: commit.seq,
      stamp: commit.stamp,
      writer: this.writers.intern(commit.replica),
    };
    for (const effect of commit.effects) this.applyEffect(effect, writing);
    this.head = commit.seq;
  }

  private applyEffect(effect: RowEffect, writing: Writing): void {
    if (effect.kind === 'insert') this.insert(effect, writing);
    else if (effect.kind === 'update') this.update(effect, writing);
    else this.delete(effect.table, this.table(effect.table).columns.slotOf(effect.key), writing);
  }

  private insert(effect: RowEffect, writing: Writing): void {
    const scopes = scopesOf(effect.table, effect.cells, this.limits);
    const slot = this.writeFull(effect.table, effect.key, effect.number, effect.cells, scopes, writing);
    assert(this.table(effect.table).numberOf(slot) === effect.number, 'a row got another number');
  }

  private update(effect: RowEffect, writing: Writing): void {
    const state = this.table(effect.table);
    const slot = state.columns.slotOf(effect.key);
    assert(slot >= 0 && state.columns.isLive(slot), `update of an absent row ${effect.key}`);
    for (const column of maskIndexes(effect.mask)) {
      state.columns.setCell(slot, column, effect.cells[column] as Cell);
    }
    const set = touchesScopes(effect)
      ? this.scopes.setOf(scopesOf(effect.table, state.columns.row(slot), this.limits))
      : state.scopeSetOf(slot);
    const version = state.versionOf(slot);
    state.markChanged(slot, writing.seq, writing.stamp, writing.writer, effect.mask);
    this.rescope(state, slot, effect.key, version, set, writing.seq, false);
  }

  /** Makes the row live with these cells and scopes, whatever it was before. Returns its slot. */
  writeFull(
    def: TableDef,
    key: string,
    number: number,
    cells: readonly Cell[],
    scopes: readonly string[],
    writing: Writing,
  ): number {
    const state = this.table(def);
    let slot = state.columns.slotOf(key);
    const version = slot >= 0 && state.columns.isLive(slot) ? state.versionOf(slot) : 0;
    if (slot < 0) {
      slot = state.columns.add(key, cells);
      state.setNumber(slot, number);
    } else if (version > 0) state.columns.setRow(slot, cells);
    else state.columns.revive(slot, cells);
    state.markInserted(slot, writing.seq, writing.stamp, writing.writer);
    this.rescope(state, slot, key, version, this.scopes.setOf(scopes), writing.seq, true);
    return slot;
  }

  /** Makes a live row a tombstone, which stays in its scopes so that they learn of it. */
  delete(def: TableDef, slot: number, writing: Writing): void {
    const state = this.table(def);
    assert(slot >= 0 && state.columns.isLive(slot), 'delete of an absent row');
    const set = state.scopeSetOf(slot);
    const before = { set, version: state.versionOf(slot) };
    state.columns.bury(slot);
    state.markDeleted(slot, writing.seq, writing.stamp, writing.writer);
    this.scopes.record(this.scoped(state, slot, state.columns.keyOf(slot)), writing.seq, before, { set, version: 0 }, false);
  }

  /** Tells the scopes that a row changed: `version` is the one before, 0 where it was not live. */
  rescope(
    state: TableState,
    slot: number,
    key: string,
    version: number,
    set: number,
    seq: number,
    inserted: boolean,
  ): void {
    const before = { set: state.scopeSetOf(slot), version };
    state.setScopeSet(slot, set);
    this.scopes.record(this.scoped(state, slot, key), seq, before, { set, version: seq }, inserted);
  }

  scoped(state: TableState, slot: number, key: string) {
    return { table: state.def.index, tableName: state.def.name, slot, key };
  }
}

function touchesScopes(effect: RowEffect): boolean {
  return effect.table.scopes.some((template) =>
    template.parts.some((part) => 'column' in part && maskHas(effect.mask, part.column)),
  );
}
