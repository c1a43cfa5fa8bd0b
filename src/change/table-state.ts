import { fullMask, type Mask } from '../base/mask.ts';
import type { Stamp } from '../base/stamp.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import { createTable, type Table } from '../table/table.ts';
import { type ChangeEntry, ChangeIndex, withChange } from './change-index.ts';
import { NumberIndex } from './number-index.ts';
import { createFloat64SlotArray, createUint32SlotArray } from './slot-array.ts';

/** A row as objects: what evaluating a transaction works on. Never changed in place. */
export interface RowState {
  /** undefined: deleted. */
  readonly cells: readonly Cell[] | undefined;
  /** Seq that last changed, or deleted, the row. */
  readonly version: number;
  readonly number: number;
  /** Who changed which columns when, newest first; the last one is the insertion. */
  readonly entries: readonly ChangeEntry[];
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

  constructor(def: TableDef, ownNumbers: boolean) {
    this.def = def;
    this.columns = createTable(def);
    this.changes = new ChangeIndex(def.columns.length);
    if (!ownNumbers) this.numberIndex = new NumberIndex((slot) => this.numbers.get(slot));
  }

  get memoryBytes(): number {
    const arrays = [this.versions, this.stamps, this.writers, this.scopeSets, this.numbers];
    const slots = arrays.reduce((sum, array) => sum + array.memoryBytes, 0);
    const index = this.numberIndex?.memoryBytes ?? 0;
    return this.columns.memoryBytes + this.changes.memoryBytes + slots + index;
  }

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

  insertedAt(slot: number): number {
    return this.changes.hasChain(slot) ? this.changes.insertedAt(slot) : this.versions.get(slot);
  }

  /** Columns that changed after `seq`. */
  changedSince(slot: number, seq: number): Mask {
    if (this.changes.hasChain(slot)) return this.changes.changedSince(slot, seq);
    return this.versions.get(slot) > seq ? this.def.allColumns : new Uint32Array(this.def.allColumns.length);
  }

  /** Change entries, newest first, whether or not the row has a chain of its own. */
  entriesOf(slot: number): ChangeEntry[] {
    if (this.changes.hasChain(slot)) return this.changes.entries(slot);
    return [this.soleEntry(slot)];
  }

  state(slot: number): RowState {
    return {
      cells: this.columns.isLive(slot) ? this.columns.row(slot) : undefined,
      version: this.versions.get(slot),
      number: this.numberOf(slot),
      entries: this.entriesOf(slot),
    };
  }

  /** Bookkeeping of an insertion: one entry with all columns. */
  markInserted(slot: number, seq: number, stamp: Stamp, writer: number): void {
    this.changes.clear(slot);
    this.stampRow(slot, seq, stamp, writer);
  }

  /** Bookkeeping of a change of `mask`. */
  markChanged(slot: number, seq: number, stamp: Stamp, writer: number, mask: Mask): void {
    this.changes.replace(slot, withChange(this.entriesOf(slot), { seq, stamp, writer, mask }));
    this.stampRow(slot, seq, stamp, writer);
  }

  /** Bookkeeping of a deletion: the insertion stays known, so that nobody is told of a row that came after them. */
  markDeleted(slot: number, seq: number, stamp: Stamp, writer: number): void {
    const inserted = this.entriesOf(slot).at(-1)!;
    const mask = new Uint32Array(this.def.allColumns.length);
    this.changes.replace(slot, [
      { seq, stamp, writer, mask: fullMask(this.def.columns.length) },
      { ...inserted, mask },
    ]);
    this.stampRow(slot, seq, stamp, writer);
  }

  private soleEntry(slot: number): ChangeEntry {
    return {
      seq: this.versions.get(slot),
      stamp: this.stamps.get(slot),
      writer: this.writers.get(slot),
      mask: this.def.allColumns,
    };
  }

  private stampRow(slot: number, seq: number, stamp: Stamp, writer: number): void {
    this.versions.set(slot, seq);
    this.stamps.set(slot, stamp);
    this.writers.set(slot, writer);
  }
}
