import type { Mask } from '../base/mask.ts';
import { emptyMask, maskIsEmpty, maskWords } from '../base/mask.ts';
import type { Stamp } from '../base/stamp.ts';
import { createUint32SlotArray } from './slot-array.ts';

/** Who changed which columns of a row, when. */
export interface ChangeEntry {
  readonly seq: number;
  readonly stamp: Stamp;
  readonly writer: number;
  readonly mask: Mask;
}

/** Entries by columns; a mask has as many words as the table's masks have. */
export interface EntryColumns<Values extends ArrayLike<number> = ArrayLike<number>> {
  readonly seqs: Values;
  readonly stamps: Values;
  readonly writers: Values;
  readonly masks: Values;
}

/**
 * For each row, entries (seq, mask, writer) with disjoint masks, newest first: a change takes its columns out of
 * the older entries. So "which columns changed since N" is exact for ever, in space bounded by the number of
 * columns (design 4).
 *
 * A row that was only inserted needs no entry here: its bookkeeping (version, stamp, writer) is its one entry
 * with all columns. The others have a chain of nodes in a pool of typed arrays, from the newest to the insertion,
 * whose node stays, even with no columns left, because it tells since when the row exists.
 */
export class ChangeIndex {
  private readonly columnCount: number;
  private readonly words: number;
  /** By slot: first node of the chain plus one, or 0. */
  private readonly first = createUint32SlotArray();
  private capacity = 0;
  private used = 0;
  private free = 0;
  private seqs = new Float64Array(0);
  private stamps = new Float64Array(0);
  private writers = new Uint32Array(0);
  private nexts = new Uint32Array(0);
  private masks = new Uint32Array(0);

  constructor(columnCount: number) {
    this.columnCount = columnCount;
    this.words = maskWords(columnCount);
  }

  get memoryBytes(): number {
    return this.first.memoryBytes + this.capacity * (24 + 4 * this.words);
  }

  hasChain(slot: number): boolean {
    return this.first.get(slot) !== 0;
  }

  /** Entries of a row with a chain, newest first. */
  entries(slot: number): ChangeEntry[] {
    const result: ChangeEntry[] = [];
    for (let node = this.first.get(slot); node !== 0; node = this.nexts[node - 1]!) {
      const at = node - 1;
      result.push({
        seq: this.seqs[at]!,
        stamp: this.stamps[at]!,
        writer: this.writers[at]!,
        mask: this.masks.slice(at * this.words, (at + 1) * this.words),
      });
    }
    return result;
  }

  /** Replaces the chain of a row. Entries are newest first, the last one is the insertion. */
  replace(slot: number, entries: readonly ChangeEntry[]): void {
    this.clear(slot);
    let next = 0;
    for (let index = entries.length - 1; index >= 0; index--)
      next = this.push(entries[index]!, next);
    this.first.set(slot, next);
  }

  /** Appends the entries of a row with a chain, newest first, to columns. */
  copyTo(slot: number, columns: EntryColumns<number[]>): void {
    for (let node = this.first.get(slot); node !== 0; node = this.nexts[node - 1]!) {
      const at = node - 1;
      columns.seqs.push(this.seqs[at]!);
      columns.stamps.push(this.stamps[at]!);
      columns.writers.push(this.writers[at]!);
      for (let word = 0; word < this.words; word++) {
        columns.masks.push(this.masks[at * this.words + word]!);
      }
    }
  }

  /** Gives a row that has none the chain of the entries [start, end), newest first. */
  addChain(slot: number, columns: EntryColumns, start: number, end: number): void {
    let next = 0;
    for (let entry = end - 1; entry >= start; entry--) {
      const at = this.take();
      this.seqs[at] = columns.seqs[entry]!;
      this.stamps[at] = columns.stamps[entry]!;
      this.writers[at] = columns.writers[entry]!;
      this.nexts[at] = next;
      for (let word = 0; word < this.words; word++) {
        this.masks[at * this.words + word] = columns.masks[entry * this.words + word]!;
      }
      next = at + 1;
    }
    this.first.set(slot, next);
  }

  /** Columns changed after `seq`. */
  changedSince(slot: number, seq: number): Mask {
    const mask = emptyMask(this.columnCount);
    for (let node = this.first.get(slot); node !== 0; node = this.nexts[node - 1]!) {
      const at = node - 1;
      if (this.seqs[at]! <= seq) break;
      for (let word = 0; word < this.words; word++)
        mask[word]! |= this.masks[at * this.words + word]!;
    }
    return mask;
  }

  /** Seq of the insertion of a row with a chain. */
  insertedAt(slot: number): number {
    let node = this.first.get(slot);
    while (this.nexts[node - 1]! !== 0) node = this.nexts[node - 1]!;
    return this.seqs[node - 1]!;
  }

  clear(slot: number): void {
    let node = this.first.get(slot);
    if (node === 0) return;
    this.first.set(slot, 0);
    while (node !== 0) {
      const next = this.nexts[node - 1]!;
      this.nexts[node - 1] = this.free;
      this.free = node;
      node = next;
    }
  }

  private push(entry: ChangeEntry, next: number): number {
    const at = this.take();
    this.seqs[at] = entry.seq;
    this.stamps[at] = entry.stamp;
    this.writers[at] = entry.writer;
    this.nexts[at] = next;
    this.masks.set(entry.mask, at * this.words);
    return at + 1;
  }

  private take(): number {
    if (this.free !== 0) {
      const at = this.free - 1;
      this.free = this.nexts[at]!;
      return at;
    }
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  /** By half, so that a large pool does not stand at twice what it needs. */
  private grow(): void {
    this.capacity = Math.max(64, this.capacity + (this.capacity >>> 1));
    this.seqs = extend(new Float64Array(this.capacity), this.seqs);
    this.stamps = extend(new Float64Array(this.capacity), this.stamps);
    this.writers = extend(new Uint32Array(this.capacity), this.writers);
    this.nexts = extend(new Uint32Array(this.capacity), this.nexts);
    this.masks = extend(new Uint32Array(this.capacity * this.words), this.masks);
  }
}

function extend<T extends Float64Array | Uint32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}

/**
 * The entries of a row after a change of `mask` at `seq`: the new entry first, its columns taken out of the
 * others, which go when nothing is left of them, the insertion excepted. A second change of the same commit joins
 * the entry of the first.
 */
export function withChange(entries: readonly ChangeEntry[], change: ChangeEntry): ChangeEntry[] {
  const result: ChangeEntry[] = [change];
  let mask = change.mask;
  for (const [index, entry] of entries.entries()) {
    if (entry.seq === change.seq) {
      mask = mask.map((word, at) => word | entry.mask[at]!);
      result[0] = { ...change, mask };
      continue;
    }
    const left = entry.mask.map((word, at) => word & ~mask[at]!);
    if (index === entries.length - 1 || !maskIsEmpty(left)) result.push({ ...entry, mask: left });
  }
  return result;
}

/**
 * The entries of a row that was deleted, or came back, at `change.seq`: one with all columns, and the insertion, which
 * tells that whoever knows less of the row has never held it.
 */
export function withRewrite(
  entries: readonly ChangeEntry[],
  change: ChangeEntry,
): readonly ChangeEntry[] {
  const inserted = entries.at(-1)!;
  return [change, { ...inserted, mask: new Uint32Array(inserted.mask.length) }];
}
