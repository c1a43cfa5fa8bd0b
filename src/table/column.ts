import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { ColumnValues } from '../codec/batch.ts';
import type { Cell } from '../schema/table-def.ts';
import type { Bitmap } from './bitmap.ts';
import type { Operator } from './filter.ts';

/**
 * The cells of one column, by slot. What it reads before a slot was set, and after it was cleared, is no cell of
 * any row; `compare` and tests may meet such slots and must only not fail.
 */
export interface Column {
  /** Bytes of typed arrays held, and an estimate of what lies on the heap. */
  readonly memoryBytes: number;
  get(slot: number): Cell;
  /** The cell must be canonical for the column. */
  set(slot: number, cell: Cell): void;
  /** Lets go of what the cell holds: its row has been buried. */
  clear(slot: number): void;
  /** True where the slot holds the same content, as `cellsEqual` has it. */
  equals(slot: number, cell: Cell): boolean;
  /** The order of the cells of two slots, as `compareCells` has it. */
  compare(left: number, right: number): number;
  /** Appends the field to a row's message, as `encodeCell` does. */
  encode(slot: number, out: ByteWriter): void;
  /**
   * The cells of some slots, in the order given, without making each. Undefined where they have to be asked for one by one: those
   * of numeric keys, and times that 64 bits do not hold.
   */
  gather(slots: ArrayLike<number>): GatheredCells | undefined;
  /** A test that is faster than asking row by row; `undefined` where the column has none for this operator. */
  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined;
  /** The first chunk of the layout has grown. */
  resize(): void;

  // Of columns that keep strings or bytes in arenas, where memory is short.

  /** Bytes that the strings of a chunk take in an arena, or would take at most. */
  arenaBytes?(chunk: number): number;
  /** Gives back what is held and not used, where that is worth the copying. */
  shrink?(): void;

  // For snapshots: the cells of `count` slots of one chunk, as they lie in memory.

  /** About how many bytes of texts and byte strings the cell of a slot takes in `save`. */
  savedBytes(slot: number): number;
  save(first: number, count: number, out: ByteWriter): void;
  /** Takes up what `save` wrote in slots that were never set. DATA_LOSS MALFORMED_BYTES where it cannot be that. */
  restore(first: number, count: number, reader: ByteReader): void;
}

/** Cells of some slots as a column of a batch has them. */
export interface GatheredCells {
  /** A byte for each slot: 0 where its cell is null. Undefined where none is. */
  readonly present: Uint8Array | undefined;
  /** The cells that are not null. Those of wire columns are byte strings. */
  readonly values: ColumnValues;
}

/** `ne` is worked out from `eq`. */
export type TestOperator = Exclude<Operator, 'ne'>;

/** A predicate on the rows of a chunk. Good until the table changes. */
export interface ChunkTest {
  /** Takes those rows out of the selection that do not match. */
  keep(chunk: number, selection: Bitmap): void;
}
