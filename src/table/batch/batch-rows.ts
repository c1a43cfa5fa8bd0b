import { type ByteWriter, malformed } from '../../base/bytes.ts';
import type { Limits } from '../../base/limits.ts';
import type { Batch, BatchColumn } from '../../codec/batch.ts';
import { type RowCodec, rowCodecOf } from '../../schema/row-codec.ts';
import type { Cell, ColumnDef, TableDef } from '../../schema/table-def.ts';
import { type CellColumn, createCellColumn } from './cell-column.ts';
import { columnPlace } from './column-form.ts';
import { placeOf } from './places.ts';
import { Rebuilding, Room } from './rebuilding.ts';
import { isNamed, type RowMasks } from './row-masks.ts';
import { noTeamCodecs, type TeamCodecs } from './team-codec.ts';

/** The rows of a batch, every value of which has been held against the table. */
export interface BatchRows {
  readonly rowCount: number;
  /** The cells of a row in a fresh array, defaults where it has none. Byte strings may be views of the batch. */
  cells(row: number): Cell[];
  /**
   * Appends the row's message, or of a patch the fields that it sets: what `RowCodec.encode` writes. DATA_LOSS MALFORMED_BYTES
   * where it takes more than `Limits.rowBytesMax`.
   */
  encode(row: number, out: ByteWriter): void;
}

export interface BatchRowsOptions {
  /** Those with which the batch was made. */
  readonly masks?: RowMasks;
  /** Bytes that all texts, byte strings and nested messages may come to: a few bytes of a block can stand for many. */
  readonly bytesMax: number;
  readonly limits: Limits;
  /** Those with which columns may have been written. */
  readonly codecs?: TeamCodecs | undefined;
}

/**
 * Takes the rows out of a batch that `batchOfRows` has made. DATA_LOSS MALFORMED_BYTES that names the column where it cannot have:
 * one that the table does not have, values of another kind or out of the range of their type, absent ones without presence, ones
 * of which the mask has nothing, two members of a oneof, damaged records, and whatever else.
 */
export function rowsOfBatch(def: TableDef, batch: Batch, options: BatchRowsOptions): BatchRows {
  const { masks, codecs = noTeamCodecs } = options;
  if (masks !== undefined && masks.length !== batch.rowCount) {
    throw malformed('column batch', `${masks.length} masks for ${batch.rowCount} rows`);
  }
  const room = new Room(options.bytesMax);
  const byField = Map.groupBy(batch.columns, ({ number }) => columnPlace(number).field);
  const columns = [...byField].flatMap(([field, forms]) => {
    const column = def.columnByNumber.get(field);
    if (column === undefined) {
      throw malformed('column batch', `${def.name} has no field ${field}`);
    }
    const rebuilding = new Rebuilding(column.name, room, options.limits);
    rebuilding.checkApart(forms, batch.rowCount);
    checkOneof(def, column, batch, byField, rebuilding);
    return forms.map((form) => {
      checkRows(column, form, batch.rowCount, masks, rebuilding);
      return createCellColumn(def, column, form, rebuilding, codecs);
    });
  });
  return new CheckedRows(def, batch.rowCount, columns, options);
}

/** Of the members of a oneof a row sets one. */
function checkOneof(
  def: TableDef,
  { number, oneofSiblings }: ColumnDef,
  { rowCount }: Batch,
  byField: ReadonlyMap<number, readonly BatchColumn[]>,
  rebuilding: Rebuilding,
): void {
  const members = oneofSiblings
    .map((index) => def.columns[index]!.number)
    .filter((other) => byField.has(other));
  // Once for each pair.
  for (const other of members.filter((each) => each < number)) {
    const both = [number, other].flatMap((each) => byField.get(each)!);
    rebuilding.checkApart(both, rowCount);
  }
}

/** A row has a value of no column that it says nothing of, and of each column without presence. */
function checkRows(
  { index, kind, presence }: ColumnDef,
  { present }: BatchColumn,
  rowCount: number,
  masks: RowMasks | undefined,
  rebuilding: Rebuilding,
): void {
  if (present === undefined && masks === undefined) return;
  const mayBeAbsent = presence || kind === 'wire' || kind === 'time';
  for (let row = 0; row < rowCount; row++) {
    const isPresent = present === undefined || present[row] === 1;
    if (isPresent === isNamed(masks, row, index)) continue;
    if (isPresent) throw rebuilding.fail('a patch has a value that it does not name');
    if (!mayBeAbsent) throw rebuilding.fail('a value is missing that is always there');
  }
}

class CheckedRows implements BatchRows {
  readonly rowCount: number;
  private readonly columns: readonly CellColumn[];
  private readonly codec: RowCodec;
  private readonly options: BatchRowsOptions;

  constructor(
    def: TableDef,
    rowCount: number,
    columns: readonly CellColumn[],
    options: BatchRowsOptions,
  ) {
    this.codec = rowCodecOf(def);
    this.rowCount = rowCount;
    this.columns = columns;
    this.options = options;
  }

  cells(row: number): Cell[] {
    const cells = this.codec.defaultCells();
    for (const { index, places, cellAt } of this.columns) {
      const place = placeOf(places, row);
      if (place >= 0) cells[index] = cellAt(place);
    }
    return cells;
  }

  encode(row: number, out: ByteWriter): void {
    const { rowBytesMax } = this.options.limits;
    const start = out.length;
    this.codec.encode(this.cells(row), this.options.masks?.[row], out);
    const bytes = out.length - start;
    if (bytes > rowBytesMax) {
      throw malformed('column batch', `a row takes ${bytes} bytes; ${rowBytesMax} are allowed`);
    }
  }
}
