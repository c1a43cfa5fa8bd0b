import { assert } from '../base/errors.ts';
import { maskHas, maskIndexes } from '../base/mask.ts';
import { scopesOf } from '../schema/scope-template.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import type { TableSettings } from '../table/settings.ts';
import type { Commit, RowEffect } from './commit.ts';
import { decidedLimits } from './decided.ts';
import { Interner } from './interner.ts';
import type { RowState } from './row-state.ts';
import { type RowScopes, type ScopedRow, ScopeIndex } from './scope-index.ts';
import { TableState, type Writing } from './table-state.ts';

/**
 * What a state is for. The home gives row numbers. The home and a relay serve others, so they keep deleted rows and
 * the order of changes in each scope. A leaf serves nobody and keeps only what it shows.
 */
export type StateRole = 'home' | 'relay' | 'leaf';

/** A row that is written as a whole. */
export interface WholeRow {
  readonly key: string;
  /** The home's number of the row. */
  readonly number: number;
  readonly cells: readonly Cell[];
  readonly scopes: readonly string[];
}

/** What is kept of a state. */
export interface Keeping {
  readonly isWanted: (table: TableState) => boolean;
  readonly isKept: (scope: string) => boolean;
}

/** A row that would be in fewer scopes. */
export interface NarrowedRow {
  readonly table: TableState;
  readonly slot: number;
  /** Names of the scopes that are left; none where the row would go. */
  readonly scopes: readonly string[];
}

/**
 * Committed state at one seq: tables, who changed what since when, and scopes. It changes only by applying
 * commits (at the home and when a log is replayed) or deltas (on a replica, see `delta-apply.ts`).
 */
export class CommittedState {
  readonly schema: Schema;
  readonly role: StateRole;
  readonly tables: readonly TableState[];
  readonly scopes: ScopeIndex;
  readonly writers = new Interner();
  /** Seq of the newest commit in this state. */
  head = 0;
  /** Deletions up to this seq are not known here: the state began as a copy of a later one. 0 at the home. */
  horizon = 0;

  /** `settings` are for tests, which make chunks small. */
  constructor(schema: Schema, role: StateRole, settings: Partial<TableSettings> = {}) {
    this.schema = schema;
    this.role = role;
    this.tables = schema.tables.map((def) => new TableState(def, role === 'home', settings));
    const rows = {
      numberOf: (table: number, slot: number) => this.tables[table]!.numberOf(slot),
      versionOf: (table: number, slot: number) => this.tables[table]!.versionOf(slot),
    };
    this.scopes = new ScopeIndex(rows, role !== 'leaf');
  }

  get memoryBytes(): number {
    const names = this.scopes.memoryBytes + this.writers.memoryBytes;
    return this.tables.reduce((sum, table) => sum + table.memoryBytes, names);
  }

  /**
   * Memory is short: gives back what is held and says nothing. Deleted rows stay: their numbers are never used again, and
   * whoever comes back after years learns that they are gone.
   */
  shrink(): void {
    for (const { columns } of this.tables) columns.shrink();
    this.scopes.shrink();
  }

  table(def: TableDef): TableState {
    return this.tables[def.index]!;
  }

  /** The row, live or deleted; undefined where the key was never there. */
  rowState(def: TableDef, key: string): RowState | undefined {
    const state = this.table(def);
    const slot = state.columns.slotOf(key);
    if (slot < 0) return undefined;
    return {
      cells: state.columns.isLive(slot) ? state.columns.row(slot) : undefined,
      version: state.versionOf(slot),
      number: state.numberOf(slot),
      scopes: this.scopes.setNames(state.scopeSetOf(slot)),
      entries: state.entriesOf(slot),
    };
  }

  /** The cells of a live row. */
  cells(def: TableDef, key: string): readonly Cell[] | undefined {
    const { columns } = this.table(def);
    const slot = columns.slotOf(key);
    return slot >= 0 && columns.isLive(slot) ? columns.row(slot) : undefined;
  }

  /** Whether there is a live row. */
  has(def: TableDef, key: string): boolean {
    const { columns } = this.table(def);
    const slot = columns.slotOf(key);
    return slot >= 0 && columns.isLive(slot);
  }

  /**
   * Live rows that are in scopes or tables that are not kept, each with the scopes that are left. A row may be taken out of
   * the others, or away, when it is handed out.
   */
  *narrowed({ isWanted, isKept }: Keeping): Generator<NarrowedRow> {
    const lost = new Set(this.scopes.matching((name) => !isKept(name)));
    for (const table of this.tables) {
      const wanted = isWanted(table);
      if (wanted && lost.size === 0) continue;
      for (let slot = 0; slot < table.columns.slotEnd; slot++) {
        if (!table.columns.isLive(slot)) continue;
        const members = this.scopes.setMembers(table.scopeSetOf(slot));
        const left = wanted ? members.filter((id) => !lost.has(id)) : [];
        if (left.length === members.length) continue;
        yield { table, slot, scopes: left.map((id) => this.scopes.nameOf(id)) };
      }
    }
  }

  /** Applies one commit: the next one. */
  apply(commit: Commit): void {
    assert(commit.seq > this.head, `commit ${commit.seq} does not follow ${this.head}`);
    const { seq, stamp } = commit;
    const writing = { seq, stamp, writer: this.writers.intern(commit.replica) };
    for (const effect of commit.effects) this.applyEffect(effect, writing);
    this.head = seq;
  }

  /**
   * Applies what a commit has that is not here yet. A snapshot's rows are of different moments: each tells by its version
   * which commits it has, and effects are absolute.
   */
  applyMissing(commit: Commit): void {
    const effects = commit.effects.filter(({ table, key }) => {
      const state = this.table(table);
      const slot = state.columns.slotOf(key);
      return slot < 0 || state.versionOf(slot) < commit.seq;
    });
    this.apply({ ...commit, effects });
  }

  private applyEffect(effect: RowEffect, writing: Writing): void {
    const { table, key, kind } = effect;
    const state = this.table(table);
    if (kind === 'insert') {
      const slot = this.writeWhole(table, { ...effect, scopes: scopesNow(effect) }, writing);
      assert(state.numberOf(slot) === effect.number, `${table.name} ${key} got another number`);
      return;
    }
    const slot = state.columns.slotOf(key);
    assert(slot >= 0 && state.columns.isLive(slot), `${kind} of an absent row ${key}`);
    if (kind === 'delete') this.deleteRow(table, slot, writing);
    else this.update(state, slot, effect, writing);
  }

  private update(state: TableState, slot: number, effect: RowEffect, writing: Writing): void {
    for (const column of maskIndexes(effect.mask)) {
      state.columns.setCell(slot, column, effect.cells[column]!);
    }
    const scopes = touchesScopes(effect)
      ? this.scopes.setOf(scopesOf(state.def, state.columns.row(slot), decidedLimits))
      : state.scopeSetOf(slot);
    this.change(state, slot, writing, effect.mask, scopes);
  }

  /** Bookkeeping of a live row whose cells of `mask` were changed, and which is in this set of scopes now. */
  change(
    state: TableState,
    slot: number,
    writing: Writing,
    mask: RowEffect['mask'],
    scopes: number,
  ): void {
    const before = scopesOfRow(state, slot);
    state.markChanged(slot, writing, mask);
    state.setScopeSet(slot, scopes);
    this.scopes.record(scopedRow(state, slot), before, scopesOfRow(state, slot), false);
  }

  /** Makes the row live with these cells and scopes, whatever it was before. Returns its slot. */
  writeWhole(def: TableDef, row: WholeRow, writing: Writing): number {
    const state = this.table(def);
    const scopes = this.scopes.setOf(row.scopes);
    const found = state.columns.slotOf(row.key);
    if (found < 0) return this.insert(state, row, writing, scopes);
    if (state.columns.isLive(found)) {
      state.columns.setRow(found, row.cells);
      this.change(state, found, writing, def.allColumns, scopes);
      // It may have been away meanwhile, and whoever knows that much does not hold it.
      this.scopes.enter(scopedRow(state, found), scopesOfRow(state, found));
      return found;
    }
    const before = scopesOfRow(state, found);
    state.columns.revive(found, row.cells);
    state.markRewritten(found, writing);
    state.setScopeSet(found, scopes);
    this.scopes.record(scopedRow(state, found), before, scopesOfRow(state, found), false);
    return found;
  }

  private insert(state: TableState, row: WholeRow, writing: Writing, scopes: number): number {
    const slot = state.columns.add(row.key, row.cells);
    state.setNumber(slot, row.number);
    state.markInserted(slot, writing);
    state.setScopeSet(slot, scopes);
    const inserted = scopedRow(state, slot, row.key);
    this.scopes.record(inserted, notThere, scopesOfRow(state, slot), true);
    return slot;
  }

  /** Makes a live row a tombstone, which stays in its scopes so that they learn of it. */
  deleteRow(def: TableDef, slot: number, writing: Writing): void {
    const state = this.table(def);
    const before = scopesOfRow(state, slot);
    state.columns.bury(slot);
    state.markRewritten(slot, writing);
    this.scopes.record(scopedRow(state, slot), before, scopesOfRow(state, slot), false);
  }

  /** Takes a live row out of some of its scopes; the row itself stays as it is. */
  rescope(state: TableState, slot: number, scopes: number): void {
    const before = scopesOfRow(state, slot);
    state.setScopeSet(slot, scopes);
    this.scopes.record(scopedRow(state, slot), before, scopesOfRow(state, slot), false);
  }

  /** Takes a row out of all scopes: those who held it by one of them learn that it left. */
  evict(state: TableState, slot: number, writing: Writing): void {
    const before = scopesOfRow(state, slot);
    const after = { set: 0, version: writing.seq, live: false };
    this.scopes.record(scopedRow(state, slot), before, after, false);
    if (this.role === 'leaf') {
      state.release(slot);
      return;
    }
    state.setScopeSet(slot, 0);
    if (before.live) state.columns.bury(slot);
    state.markRewritten(slot, writing);
  }
}

const notThere: RowScopes = { set: 0, version: 0, live: false };

/** The row as its scopes hold it now. */
function scopesOfRow(state: TableState, slot: number): RowScopes {
  const live = state.columns.isLive(slot);
  return { set: state.scopeSetOf(slot), version: state.versionOf(slot), live };
}

/** The row as its scopes know it. */
function scopedRow(state: TableState, slot: number, key = state.columns.keyOf(slot)): ScopedRow {
  const { index, name } = state.def;
  return { table: index, tableName: name, slot, key };
}

function scopesNow(effect: RowEffect): string[] {
  return scopesOf(effect.table, effect.cells, decidedLimits);
}

function touchesScopes(effect: RowEffect): boolean {
  return effect.table.scopes.some((template) =>
    template.parts.some((part) => 'column' in part && maskHas(effect.mask, part.column)),
  );
}
