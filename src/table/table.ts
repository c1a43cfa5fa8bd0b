import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { type Mask, maskHas } from '../base/mask.ts';
import { defaultCell } from '../schema/cell.ts';
import { columnCodecs } from '../schema/column-codec.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { Bitmap } from './bitmap.ts';
import type { ChunkTest, Column } from './column.ts';
import { createColumn } from './create-column.ts';
import { createKeyColumn } from './key-column.ts';
import { createKeyIndex, type KeyIndex } from './key-index.ts';
import { createKeyStore, type KeyStore } from './key-store.ts';
import { createLayout, type Layout } from './layout.ts';
import type { RangeOperator } from './number-range.ts';
import { defaultSettings, type TableSettings } from './settings.ts';
import { createSlotBits, type SlotBits } from './slot-bits.ts';

/**
 * The rows of one table in columns, off the JavaScript heap.
 *
 * A row stands in a slot. It is live, or a tombstone, which has kept its slot and key but no cells. Cells must be
 * canonical (`canonicalCell`); cells that are handed out are the caller's own. Reading the cells of a slot that
 * is not live, or the key of one that was released, gives nothing of use.
 */
export interface Table {
  readonly def: TableDef;
  /** Slots ever handed out: slots are 0 to slotEnd - 1. */
  readonly slotEnd: number;
  readonly liveCount: number;
  /** Bytes of the typed arrays held, in use or not, plus an estimate for what lies on the heap. */
  readonly memoryBytes: number;

  /** Slot of the key, live or tombstone, or -1. */
  slotOf(key: string): number;
  keyOf(slot: number): string;
  isLive(slot: number): boolean;
  cell(slot: number, column: number): Cell;
  /** All cells of a live row, in a fresh array. */
  row(slot: number): Cell[];
  /** True where a live row's cell has the same content (`cellsEqual`). */
  equals(slot: number, column: number, cell: Cell): boolean;
  /** Appends the message of a live row, or with a mask those fields of it: the bytes of `RowCodec.encode`. */
  encodeRow(slot: number, mask: Mask | undefined, out: ByteWriter): void;

  /**
   * A new live row with one cell for each column. The key must not be there. The slot is the next one, or one
   * that was released. Here and in `setRow` and `revive` a string may also come as its UTF-8 bytes.
   */
  add(key: string, cells: readonly Cell[]): number;
  /** Replaces a cell of a live row. The key's column only takes the cell that is there. */
  setCell(slot: number, column: number, cell: Cell): void;
  /** Replaces all cells of a live row but the key's. */
  setRow(slot: number, cells: readonly Cell[]): void;
  /** Live to tombstone: the cells go, the key stays. */
  bury(slot: number): void;
  /** Tombstone to live, with these cells. */
  revive(slot: number, cells: readonly Cell[]): void;
  /** Forgets a row, live or tombstone, with its key. The slot may be handed out again. */
  release(slot: number): void;

  // What scans and queries work on.

  /** Rows of a chunk: slot = chunk * chunkRows + row. */
  readonly chunkRows: number;
  /** Chunks that hold the slots below `slotEnd`. */
  readonly chunkCount: number;
  column(index: number): Column;
  /** The live rows of a chunk, as a selection of the caller's own. */
  liveRows(chunk: number): Bitmap;
  /** The order of two keys by their UTF-8 bytes. */
  compareKeys(left: number, right: number): number;
  /** Compares keys with one key by UTF-8 bytes. Good until the table changes. */
  keyTest(operator: RangeOperator, key: string): ChunkTest;

  // Where memory is short.

  /** The chunks of columns whose strings or bytes leave no more room than is kept for what is under way. */
  fullChunks(): ColumnChunk[];
  /** Gives back what is held and not used, where that is worth the copying. Slots and keys of deleted rows stay. */
  shrink(): void;

  // For snapshots.

  /**
   * How many slots from `first` on go into one block: at least one, at most `rowsMax`, all in one chunk, and no more once
   * their texts and byte strings take `bytesMax`.
   */
  blockRows(first: number, rowsMax: number, bytesMax: number): number;
  /** Appends the keys and cells of `count` slots of one chunk, tombstones among them. */
  save(first: number, count: number, out: ByteWriter): void;
  /** Makes room for so many slots before the first is restored. */
  reserve(slotEnd: number): void;
  /**
   * Adds the next `count` slots as `save` wrote them. DATA_LOSS MALFORMED_BYTES where it cannot have. Keys are not found
   * before `indexKeys`.
   */
  restore(count: number, reader: ByteReader, columns: SavedColumns): void;
  /** All slots are restored. */
  indexKeys(): void;
}

/** The cells of one column in one chunk of rows. */
export interface ColumnChunk {
  readonly column: number;
  readonly chunk: number;
}

/** Above this share of what an arena can hold a chunk is full: the rest, half a gigabyte, is for what is under way. */
const fullShare = 7 / 8;

/** How the columns of what was saved are columns of the table: it may have got some since. */
export interface SavedColumns {
  /** For each column that was saved, the column here. */
  readonly targets: readonly number[];
  /** Columns that were not there yet: rows have their defaults. */
  readonly added: readonly number[];
}

export function createTable(def: TableDef, settings: Partial<TableSettings> = {}): Table {
  return new ColumnTable(def, { ...defaultSettings, ...settings });
}

class ColumnTable implements Table {
  readonly def: TableDef;
  private readonly layout: Layout;
  private readonly keys: KeyStore;
  private readonly index: KeyIndex;
  private readonly columns: readonly Column[];
  private readonly live: SlotBits;
  private readonly arenaBytesFull: number;
  private readonly freeSlots: number[] = [];
  private end = 0;
  private liveRowCount = 0;

  constructor(def: TableDef, settings: TableSettings) {
    this.def = def;
    this.layout = createLayout(settings);
    this.keys = createKeyStore(this.layout, settings);
    this.index = createKeyIndex(this.keys, settings);
    this.live = createSlotBits(this.layout);
    this.arenaBytesFull = settings.arenaBytesMax * fullShare;
    const { codecs } = columnCodecs(def.columns);
    this.columns = def.columns.map((column, index) =>
      index === def.key
        ? createKeyColumn(def, codecs[index]!, this.keys)
        : createColumn(column, codecs[index]!, this.layout, settings),
    );
  }

  get slotEnd(): number {
    return this.end;
  }

  get liveCount(): number {
    return this.liveRowCount;
  }

  get memoryBytes(): number {
    const { keys, index, live } = this;
    const rest = keys.memoryBytes + index.memoryBytes + live.memoryBytes;
    return this.columns.reduce((sum, column) => sum + column.memoryBytes, rest);
  }

  get chunkRows(): number {
    return this.layout.chunkRows;
  }

  get chunkCount(): number {
    return Math.ceil(this.end / this.layout.chunkRows);
  }

  slotOf(key: string): number {
    this.keys.seek(key);
    return this.index.find();
  }

  keyOf(slot: number): string {
    return this.keys.get(slot);
  }

  isLive(slot: number): boolean {
    return this.live.has(slot);
  }

  cell(slot: number, column: number): Cell {
    return this.columns[column]!.get(slot);
  }

  row(slot: number): Cell[] {
    const cells: Cell[] = [];
    for (let index = 0; index < this.columns.length; index++) {
      cells.push(this.columns[index]!.get(slot));
    }
    return cells;
  }

  equals(slot: number, column: number, cell: Cell): boolean {
    return this.columns[column]!.equals(slot, cell);
  }

  encodeRow(slot: number, mask: Mask | undefined, out: ByteWriter): void {
    for (let index = 0; index < this.columns.length; index++) {
      if (mask === undefined || maskHas(mask, index)) this.columns[index]!.encode(slot, out);
    }
  }

  add(key: string, cells: readonly Cell[]): number {
    assert(this.slotOf(key) < 0, 'the key is there already');
    const slot = this.freeSlots.pop() ?? this.end++;
    if (this.layout.makeRoom(slot)) this.resize();
    this.keys.set(slot, key);
    this.index.add(slot);
    this.enliven(slot, cells);
    return slot;
  }

  setCell(slot: number, column: number, cell: Cell): void {
    this.columns[column]!.set(slot, cell);
  }

  setRow(slot: number, cells: readonly Cell[]): void {
    for (let index = 0; index < this.columns.length; index++) {
      if (index !== this.def.key) this.columns[index]!.set(slot, cells[index]!);
    }
  }

  bury(slot: number): void {
    assert(this.live.has(slot), 'only a live row can be buried');
    this.live.remove(slot);
    this.liveRowCount--;
    for (const column of this.columns) column.clear(slot);
  }

  revive(slot: number, cells: readonly Cell[]): void {
    assert(!this.live.has(slot), 'only a tombstone can be revived');
    this.enliven(slot, cells);
  }

  release(slot: number): void {
    assert(this.slotOf(this.keys.get(slot)) === slot, 'the slot holds no row');
    if (this.live.has(slot)) this.bury(slot);
    this.index.remove();
    this.keys.clear(slot);
    this.freeSlots.push(slot);
  }

  column(index: number): Column {
    return this.columns[index]!;
  }

  liveRows(chunk: number): Bitmap {
    return this.live.bitmap(chunk)?.slice() ?? new Uint32Array(this.layout.capacity(chunk) >>> 5);
  }

  compareKeys(left: number, right: number): number {
    return this.keys.compare(left, right);
  }

  keyTest(operator: RangeOperator, key: string): ChunkTest {
    return this.keys.test(operator, [key]);
  }

  fullChunks(): ColumnChunk[] {
    const full: ColumnChunk[] = [];
    for (const [column, { arenaBytes }] of this.columns.entries()) {
      if (arenaBytes === undefined) continue;
      for (let chunk = 0; chunk < this.chunkCount; chunk++) {
        const bytes = this.columns[column]!.arenaBytes!(chunk);
        if (bytes > this.arenaBytesFull) full.push({ column, chunk });
      }
    }
    return full;
  }

  shrink(): void {
    for (const column of this.columns) column.shrink?.();
  }

  blockRows(first: number, rowsMax: number, bytesMax: number): number {
    const { chunkRows, rowMask } = this.layout;
    const end = Math.min(this.end, first + rowsMax, first - (first & rowMask) + chunkRows);
    let bytes = 0;
    for (let slot = first; slot < end; slot++) {
      if (bytes >= bytesMax) return slot - first;
      bytes += this.keys.savedBytes(slot);
      for (const column of this.columns) bytes += column.savedBytes(slot);
    }
    return end - first;
  }

  save(first: number, count: number, out: ByteWriter): void {
    this.keys.save(first, count, out);
    this.live.save(first, count, out);
    for (const column of this.columns) column.save(first, count, out);
  }

  reserve(slotEnd: number): void {
    if (slotEnd > 0 && this.layout.makeRoom(slotEnd - 1)) this.resize();
  }

  restore(count: number, reader: ByteReader, { targets, added }: SavedColumns): void {
    const first = this.end;
    if ((first & this.layout.rowMask) + count > this.layout.chunkRows) {
      throw reader.fail('a block has rows of two chunks');
    }
    this.reserve(first + count);
    this.end = first + count;
    this.keys.restore(first, count, reader);
    this.liveRowCount += this.live.restore(first, count, reader);
    for (const target of targets) this.columns[target]!.restore(first, count, reader);
    for (const index of added) {
      const cell = defaultCell(this.def.columns[index]!);
      for (let slot = first; slot < this.end; slot++) this.columns[index]!.set(slot, cell);
    }
  }

  indexKeys(): void {
    this.index.build(this.end);
  }

  private enliven(slot: number, cells: readonly Cell[]): void {
    this.setRow(slot, cells);
    this.live.add(slot);
    this.liveRowCount++;
  }

  private resize(): void {
    this.keys.resize();
    this.live.resize();
    for (const column of this.columns) column.resize();
  }
}
