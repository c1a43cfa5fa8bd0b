import type { Mask } from '../base/mask.ts';
import type { Stamp } from '../base/stamp.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { TableSettings } from '../table/settings.ts';
import { createTable, type Table } from '../table/table.ts';
import { type ChangeEntry, ChangeIndex, withChange, withRewrite } from './change-index.ts';
import { NumberIndex } from './number-index.ts';
import { createFloat64SlotArray, createUint32SlotArray } from './slot-array.ts';

/** One row version, as the bookkeeping of a write. */
export interface Writing {
  readonly seq: number;
  readonly stamp: Stamp;
  /** Number of the writer's name. */
  readonly writer: number;
}

/** The bookkeeping of rows that follow one another. */
export interface RestoredRows {
  readonly versions: Float64Array;
  readonly stamps: Float64Array;
  readonly writers: Float64Array;
  readonly scopeSets: Float64Array;
}

/**
 * One table of a replica: its columns, and for each row the version, stamp, writer, scopes and change entries.
 * At the home slots are row numbers. A replica holds some of the rows, so there each slot has its number beside
 * it and an index to find it.
 */
export class TableState {
  readonly def: TableDef;
  readonly columns: Table;
  readonly changes: ChangeIndex;
  private readonly versions = createFloat64SlotArray();
  private readonly stamps = createFloat64SlotArray();
  private readonly writers = createUint32SlotArray();
  private readonly scopeSets = createUint32SlotArray();
  private readonly numbers = createFloat64SlotArray();
  private readonly numberIndex: NumberIndex | undefined;

  constructor(def: TableDef, ownNumbers: boolean, settings: Partial<TableSettings> = {}) {
    this.def = def;
    this.columns = createTable(def, settings);
    this.changes = new ChangeIndex(def.columns.length);
    if (!ownNumbers) this.numberIndex = new NumberIndex((slot) => this.numbers.get(slot));
  }

  get memoryBytes(): number {
    const arrays = [this.versions, this.stamps, this.writers, this.scopeSets, this.numbers];
    const slots = arrays.reduce((sum, array) => sum + array.memoryBytes, 0);
    const index = this.numberIndex?.memoryBytes ?? 0;
    return this.columns.memoryBytes + this.changes.memoryBytes + slots + index;
  }

  /** Deleted rows, at the home, where they all stay known. */
  get tombstoneCount(): number {
    return this.columns.slotEnd - this.columns.liveCount;
  }

  versionOf(slot: number): number {
    return this.versions.get(slot);
  }

  stampOf(slot: number): Stamp {
    return this.stamps.get(slot);
  }

  writerOf(slot: number): number {
    return this.writers.get(slot);
  }

  /** Number of the set of scopes that hold the row, or held it when it was deleted. */
  scopeSetOf(slot: number): number {
    return this.scopeSets.get(slot);
  }

  setScopeSet(slot: number, set: number): void {
    this.scopeSets.set(slot, set);
  }

  numberOf(slot: number): number {
    return this.numberIndex === undefined ? slot : this.numbers.get(slot);
  }

  /** Slot of a row number, or -1. */
  slotOfNumber(number: number): number {
    if (this.numberIndex !== undefined) return this.numberIndex.find(number);
    return number < this.columns.slotEnd ? number : -1;
  }

  /** Notes the home's number of the row in a slot that was handed out anew. */
  setNumber(slot: number, number: number): void {
    if (this.numberIndex === undefined) return;
    this.numbers.set(slot, number);
    this.numberIndex.add(slot);
  }

  /** Forgets a slot wholly; it may be used again. Only replicas do this, never the home. */
  release(slot: number): void {
    this.numberIndex?.remove(this.numbers.get(slot));
    this.changes.clear(slot);
    this.versions.set(slot, 0);
    this.scopeSets.set(slot, 0);
    this.columns.release(slot);
  }

  /** Seq at which the row was first there: nobody who knows less has ever held it. */
  insertedAt(slot: number): number {
    return this.changes.hasChain(slot) ? this.changes.insertedAt(slot) : this.versions.get(slot);
  }

  /** Columns that changed after `seq`. */
  changedSince(slot: number, seq: number): Mask {
    if (this.changes.hasChain(slot)) return this.changes.changedSince(slot, seq);
    const { allColumns } = this.def;
    return this.versions.get(slot) > seq ? allColumns : new Uint32Array(allColumns.length);
  }

  /** Change entries, newest first, whether or not the row has a chain of its own. */
  entriesOf(slot: number): ChangeEntry[] {
    if (this.changes.hasChain(slot)) return this.changes.entries(slot);
    return [this.soleEntry(slot)];
  }

  /** Bookkeeping of a row that was never there before: one entry with all columns. */
  markInserted(slot: number, writing: Writing): void {
    this.changes.clear(slot);
    this.stampRow(slot, writing);
  }

  /** Bookkeeping of a change of `mask`. */
  markChanged(slot: number, writing: Writing, mask: Mask): void {
    this.changes.replace(slot, withChange(this.entriesOf(slot), { ...writing, mask }));
    this.stampRow(slot, writing);
  }

  /** Bookkeeping of a deletion, and of a deleted row that comes back. */
  markRewritten(slot: number, writing: Writing): void {
    const change = { ...writing, mask: this.def.allColumns };
    this.changes.replace(slot, withRewrite(this.entriesOf(slot), change));
    this.stampRow(slot, writing);
  }

  /** Bookkeeping of rows that a snapshot has, from slot `first` on. */
  restoreRows(first: number, rows: RestoredRows): void {
    this.versions.setAll(first, rows.versions);
    this.stamps.setAll(first, rows.stamps);
    this.writers.setAll(first, rows.writers);
    this.scopeSets.setAll(first, rows.scopeSets);
  }

  private soleEntry(slot: number): ChangeEntry {
    return {
      seq: this.versions.get(slot),
      stamp: this.stamps.get(slot),
      writer: this.writers.get(slot),
      mask: this.def.allColumns,
    };
  }

  private stampRow(slot: number, { seq, stamp, writer }: Writing): void {
    this.versions.set(slot, seq);
    this.stamps.set(slot, stamp);
    this.writers.set(slot, writer);
  }
}
