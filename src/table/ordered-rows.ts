import {
  type Bitmap,
  countBits,
  dropBits,
  forEachBit,
  isEmptyBitmap,
  keepBits,
  keepRows,
  setBit,
} from './bitmap.ts';
import type { Filter } from './filter.ts';
import { LazySort } from './lazy-sort.ts';
import { createRowOrder, type Keyset, type OrderBy, type RowOrder } from './row-order.ts';
import { compileFilter } from './scan.ts';
import type { Table } from './table.ts';

/** Which rows of a table, in which order. As `checkQuery` returns it. */
export interface RowChoice {
  readonly filter: Filter;
  readonly orderBy: readonly OrderBy[];
  /** Only rows behind this place. */
  readonly after?: Keyset | undefined;
  /** Only rows of which it is true, as of the moment when they are found. */
  readonly shows?: ((slot: number) => boolean) | undefined;
}

/** Rows of one part, about: few enough to be split in some milliseconds. */
const partRows = 1 << 16;
/** More of them would make it dear to find a row's part. */
const partsMax = 64;
/** Rows looked at for one end of a part. */
const samplesPerPart = 16;

/**
 * All rows that match, in order, for those who read many of them: the table is looked through once, and rows come into
 * order as they are taken. That costs about n log n comparisons in all, where pages that are each looked for anew cost a
 * scan of the table a page. It takes four to eight bytes a row, which are let go of as the rows are taken.
 *
 * The table may change meanwhile. A row that stays as it is comes once, in order. One that changes comes at most once,
 * where it stood before or where it stands now, and may have gone, or match no longer: that is the reader's to find out.
 * One that is added may come or not.
 *
 * Where memory is short the order can be let go of: one bit for each row that is still to come tells which these are, and
 * they are put in order once more.
 */
export class OrderedRows {
  private readonly table: Table;
  private readonly choice: RowChoice;
  private readonly order: RowOrder;
  /** Ends of the parts but for the last: rows before the first end are of the first part. They are made of values. */
  private ends: readonly Keyset[] = [];
  private parts: Part[] = [];
  /** Chunks that have been looked through. */
  private chunk = 0;
  /** The part that rows are taken from, and how many were. */
  private current: { readonly rows: Uint32Array; readonly sort: LazySort } | undefined;
  private taken = 0;
  private readonly rowsOfPart: number;
  /** By chunk the rows that are still to come, where the order was let go of. */
  private left: readonly Bitmap[] | undefined;

  constructor(table: Table, choice: RowChoice, rowsOfPart = partRows) {
    this.table = table;
    this.choice = choice;
    this.order = createRowOrder(table, [], choice.orderBy);
    this.rowsOfPart = rowsOfPart;
    this.begin();
  }

  get memoryBytes(): number {
    const parts = this.parts.reduce((sum, part) => sum + part.memoryBytes, 0);
    const left = this.left?.reduce((sum, { byteLength }) => sum + byteLength, 0) ?? 0;
    return parts + left + (this.current?.rows.byteLength ?? 0);
  }

  /** Lets go of the order of the rows that are still to come. Not while it is looked for: it would never be found. */
  shrink(): void {
    if (this.done || this.chunk < this.table.chunkCount) return;
    const { chunkRows, chunkCount } = this.table;
    const left: Bitmap[] = Array.from(
      { length: chunkCount },
      () => new Uint32Array(Math.ceil(chunkRows / 32)),
    );
    const keep = (row: number) => setBit(left[Math.floor(row / chunkRows)]!, row % chunkRows);
    if (this.current !== undefined) this.current.rows.subarray(this.taken).forEach(keep);
    for (const part of this.parts) part.finish().forEach(keep);
    this.left = left;
    this.current = undefined;
    this.begin();
  }

  private begin(): void {
    const parts = Math.min(partsMax, Math.ceil(this.table.slotEnd / this.rowsOfPart));
    this.ends = this.sampledEnds(parts);
    this.parts = Array.from({ length: this.ends.length + 1 }, () => new Part());
    this.chunk = 0;
  }

  /** Whether all rows have been taken. */
  get done(): boolean {
    return (
      this.chunk >= this.table.chunkCount && this.current === undefined && this.parts.length === 0
    );
  }

  /** One step, of some milliseconds, towards having the next `count` rows, or some of them, to take. */
  prepare(count: number): void {
    if (this.chunk < this.table.chunkCount) this.lookThrough(this.chunk++);
    else if (this.current !== undefined) this.current.sort.step(this.taken + count);
    else this.beginPart();
  }

  /** The slot of the next row; undefined where it has to be prepared first, or all are taken. */
  take(): number | undefined {
    const { current } = this;
    if (current === undefined || this.taken >= current.sort.ready) return undefined;
    const row = current.rows[this.taken++];
    if (this.taken === current.rows.length) this.current = undefined;
    return row;
  }

  private beginPart(): void {
    const rows = this.parts.shift()?.finish();
    if (rows === undefined || rows.length === 0) return;
    this.current = { rows, sort: new LazySort(rows, this.order.compare) };
    this.taken = 0;
  }

  /** Rows of the whole table, so that no order in which they were added makes for parts of unlike sizes. */
  private sampledEnds(parts: number): Keyset[] {
    const { slotEnd } = this.table;
    const samples: number[] = [];
    for (let index = 1; index < parts * samplesPerPart; index++) {
      const slot = (Math.imul(index, 0x9e3779b1) >>> 0) % slotEnd;
      if (this.table.isLive(slot)) samples.push(slot);
    }
    samples.sort(this.order.compare);
    return samples
      .filter((_, index) => index % samplesPerPart === samplesPerPart - 1)
      .map((slot) => this.order.place(slot));
  }

  /** Tests are good until the table changes, so they are made anew for each chunk. */
  private lookThrough(chunk: number): void {
    const { table, order } = this;
    const { filter, after, shows } = this.choice;
    const open = table.liveRows(chunk);
    compileFilter(table, filter).keep(chunk, open);
    if (after !== undefined && !isEmptyBitmap(open)) order.testAfter(after).keep(chunk, open);
    if (this.left !== undefined) {
      const left = this.left[chunk];
      if (left === undefined) return;
      keepBits(open, left);
    }
    const first = chunk * table.chunkRows;
    if (shows !== undefined) keepRows(open, (row) => shows(first + row));
    for (const [index, end] of this.ends.entries()) {
      if (isEmptyBitmap(open)) return;
      const before = open.slice();
      order.testBefore(end).keep(chunk, before);
      this.parts[index]!.add(first, before);
      dropBits(open, before);
    }
    this.parts.at(-1)!.add(first, open);
  }
}

/** Rows between two places, in no order. */
class Part {
  private rows = new Uint32Array(64);
  private count = 0;

  add(first: number, selection: Bitmap): void {
    const room = this.count + countBits(selection);
    if (room > this.rows.length) {
      const grown = new Uint32Array(Math.max(room, 2 * this.rows.length));
      grown.set(this.rows);
      this.rows = grown;
    }
    forEachBit(selection, (row) => {
      this.rows[this.count++] = first + row;
    });
  }

  get memoryBytes(): number {
    return this.rows.byteLength;
  }

  finish(): Uint32Array {
    return this.rows.subarray(0, this.count);
  }
}
