import type { ByteWriter } from '../base/bytes.ts';
import { invalidField, type SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { type Mask, maskWords } from '../base/mask.ts';
import { defaultCell } from './cell.ts';
import { decodeCell, RecordCollector } from './cell-decoder.ts';
import { encodeCell } from './cell-encoder.ts';
import { type ColumnCodec, columnCodecs, Form } from './column-codec.ts';
import { wrongWireType } from './nested-check.ts';
import type { Cell, TableDef } from './table-def.ts';
import { WireCursor } from './wire-cursor.ts';

/** What `decode` found. */
export interface DecodedRow {
  /** One cell for each column of the table, by index; defaults where the bytes say nothing. */
  readonly cells: Cell[];
  /** The columns that occurred in the bytes, also those that a later member of their oneof cleared again. */
  readonly present: Mask;
}

/** Translates rows of one table between cells and the protobuf encoding of its message. */
export interface RowCodec {
  readonly def: TableDef;

  /** A row with every column at its default. The array is the caller's own. */
  defaultCells(): Cell[];

  /**
   * Appends the row's message to `out`, in the order of field numbers. With a mask only those columns are
   * written. Columns without presence are not written at their default, columns with presence are unless they
   * are null. The cells must be canonical (`canonicalCell`).
   */
  encode(cells: readonly Cell[], mask: Mask | undefined, out: ByteWriter): void;

  /**
   * Reads the message in `source[start, end)`, whatever wrote it: fields in any order, the last of several
   * scalars and of a oneof's members, the records of lists, maps and messages one after the other. The cells
   * hold copies, never views of `source`.
   *
   * Raises INVALID_ARGUMENT that names the field: UNKNOWN_FIELD for a number that the table does not have,
   * MALFORMED_ROW, WRONG_WIRE_TYPE, INVALID_UTF8, VALUE_OUT_OF_RANGE, NESTING_TOO_DEEP; and ROW_TOO_LARGE.
   */
  decode(source: Uint8Array, start: number, end: number, limits: Limits): DecodedRow;

  /**
   * The same for cells that are only to be stored: long strings, but that of the key, are left as their UTF-8 bytes,
   * which are views of `source`.
   */
  decodeToStore(source: Uint8Array, start: number, end: number, limits: Limits): DecodedRow;
}

/** Prepares the codec of a table. Keep it: making one costs about as much as encoding a hundred rows. */
export function compileRowCodec(def: TableDef): RowCodec {
  return new CompiledRowCodec(def);
}

const codecs = new WeakMap<TableDef, RowCodec>();

/** The one codec of a table, for those who have no place to keep it. */
export function rowCodecOf(def: TableDef): RowCodec {
  const known = codecs.get(def);
  if (known !== undefined) return known;
  const codec = compileRowCodec(def);
  codecs.set(def, codec);
  return codec;
}

/** `RowCodec.encode` of the table. */
export function encodeRow(
  def: TableDef,
  cells: readonly Cell[],
  mask: Mask | undefined,
  out: ByteWriter,
): void {
  rowCodecOf(def).encode(cells, mask, out);
}

/** `RowCodec.decode` of the table. */
export function decodeRow(
  def: TableDef,
  source: Uint8Array,
  start: number,
  end: number,
  limits: Limits,
): DecodedRow {
  return rowCodecOf(def).decode(source, start, end, limits);
}

/** `RowCodec.decodeToStore` of the table. */
export function decodeRowToStore(
  def: TableDef,
  source: Uint8Array,
  start: number,
  end: number,
  limits: Limits,
): DecodedRow {
  return rowCodecOf(def).decodeToStore(source, start, end, limits);
}

/** Field numbers below this one are looked up in an array, the others in a map. */
const denseNumbers = 1024;

class CompiledRowCodec implements RowCodec {
  readonly def: TableDef;
  private readonly columns: readonly ColumnCodec[];
  private readonly oneofCount: number;
  private readonly defaults: readonly Cell[];
  private readonly words: number;
  /** Index of the column by its field number, or -1. */
  private readonly dense: Int16Array;
  private readonly sparse = new Map<number, number>();

  constructor(def: TableDef) {
    const { codecs, oneofCount } = columnCodecs(def.columns);
    this.def = def;
    this.columns = codecs;
    this.oneofCount = oneofCount;
    this.defaults = def.columns.map(defaultCell);
    this.words = maskWords(codecs.length);
    this.dense = new Int16Array(denseNumbers).fill(-1);
    for (const { number, index } of codecs) {
      if (number < denseNumbers) this.dense[number] = index;
      else this.sparse.set(number, index);
    }
  }

  defaultCells(): Cell[] {
    return this.defaults.slice();
  }

  encode(cells: readonly Cell[], mask: Mask | undefined, out: ByteWriter): void {
    const { columns } = this;
    for (let index = 0; index < columns.length; index++) {
      if (mask !== undefined && ((mask[index >>> 5]! >>> (index & 31)) & 1) === 0) continue;
      const cell = cells[index]!;
      if (cell !== null) encodeCell(columns[index]!, cell, out);
    }
  }

  decode(source: Uint8Array, start: number, end: number, limits: Limits): DecodedRow {
    return this.read(source, start, end, limits, false);
  }

  decodeToStore(source: Uint8Array, start: number, end: number, limits: Limits): DecodedRow {
    return this.read(source, start, end, limits, true);
  }

  private read(
    source: Uint8Array,
    start: number,
    end: number,
    limits: Limits,
    toStore: boolean,
  ): DecodedRow {
    if (end - start > limits.rowBytesMax) throw tooLarge(this.def, end - start, limits);
    const { columns } = this;
    const cursor = new WireCursor(source, start, end);
    const cells = this.defaults.slice();
    const present: Mask = new Uint32Array(this.words);
    const records = new RecordCollector(cells, source);
    const chosen = this.oneofCount > 0 ? new Int16Array(this.oneofCount).fill(-1) : noOneofs;
    // Fields come in ascending order as a rule, so the next column is tried before any look-up.
    let next = 0;
    while (cursor.position < end) {
      const recordStart = cursor.position;
      cursor.field = 'row';
      const tag = cursor.tag();
      const expected = next < columns.length && columns[next]!.tag === tag;
      const index = expected ? next : this.indexOf(tag >>> 3);
      const codec = columns[index]!;
      next = index + 1;
      cursor.field = codec.name;
      present[index >>> 5]! |= 1 << (index & 31);
      if (codec.oneof >= 0) {
        const before = chosen[codec.oneof]!;
        if (before >= 0 && before !== index) records.forget(before);
        chosen[codec.oneof] = index;
      }
      if (codec.form === Form.records) {
        records.read(cursor, codec, recordStart, tag & 7, limits.nestingDepthMax);
      } else {
        if (tag !== codec.tag) throw wrongWireType(cursor, tag & 7);
        cells[index] =
          toStore && codec.form === Form.text && index !== this.def.key
            ? cursor.storedText()
            : decodeCell(cursor, codec.form, cells[index]!);
      }
    }
    records.join();
    return { cells, present };
  }

  private indexOf(number: number): number {
    const index = number < denseNumbers ? this.dense[number]! : this.sparse.get(number);
    if (index === undefined || index < 0) throw unknownField(this.def, number);
    return index;
  }
}

const noOneofs = new Int16Array(0);

function unknownField(def: TableDef, number: number): SyncError {
  return invalidField(String(number), 'UNKNOWN_FIELD', `${def.name} has no field of this number`);
}

function tooLarge(def: TableDef, bytes: number, limits: Limits): SyncError {
  const description = `a row of ${def.name} takes ${bytes} bytes; ${limits.rowBytesMax} are allowed`;
  return invalidField('row', 'ROW_TOO_LARGE', description);
}
