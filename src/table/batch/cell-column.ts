import { ByteWriter } from '../../base/bytes.ts';
import { SyncError } from '../../base/errors.ts';
import { maskHas } from '../../base/mask.ts';
import { type BatchColumn, type ColumnValues, countOf } from '../../codec/batch.ts';
import { checkRecords } from '../../schema/nested-check.ts';
import { decodeRow } from '../../schema/row-codec.ts';
import type { Cell, ColumnDef, TableDef } from '../../schema/table-def.ts';
import { cellsOfValues } from './cell-values.ts';
import { decodedValues } from './coded-column.ts';
import { ColumnForm, columnPlace } from './column-form.ts';
import { createFieldWriter } from './field-writer.ts';
import { createNestedWriter } from './nested-writer.ts';
import { type Places, placesOf } from './places.ts';
import type { Rebuilding } from './rebuilding.ts';
import type { TeamCodecs } from './team-codec.ts';

/** What a column of a batch says of a column of the table. */
export interface CellColumn {
  /** Of the table's column. */
  readonly index: number;
  readonly places: Places;
  cellAt(place: number): Cell;
}

/** DATA_LOSS MALFORMED_BYTES where the values are none of the column, or take more room than there is. */
export function createCellColumn(
  def: TableDef,
  column: ColumnDef,
  { number, present, values }: BatchColumn,
  rebuilding: Rebuilding,
  codecs: TeamCodecs,
): CellColumn {
  const { form } = columnPlace(number);
  const { index } = column;
  const places = placesOf(present);
  if (form === ColumnForm.coded) {
    if (values.kind !== 'coded') throw rebuilding.fail(`${values.kind} are of no codec`);
    const cells = decodedValues(column, values, codecs, rebuilding);
    return { index, places, cellAt: (place) => cells[place]! };
  }
  if (column.kind === 'wire') {
    const cells = wireCells(column, number, values, rebuilding);
    return { index, places, cellAt: (place) => cells[place]! };
  }
  if (column.kind === 'time' && form === ColumnForm.records) {
    const cells = timeCells(def, column, values, rebuilding);
    return { index, places, cellAt: (place) => cells[place]! };
  }
  if (form !== ColumnForm.values) throw rebuilding.fail(`there is no form ${form}`);
  takeRoom(values, rebuilding);
  return { index, places, cellAt: cellsOfValues(column, values, rebuilding) };
}

function takeRoom(values: ColumnValues, rebuilding: Rebuilding): void {
  if (values.kind !== 'texts' && values.kind !== 'bytes') return;
  let length = 0;
  for (let at = 0; at < values.values.length; at++) length += values.values[at]!.length;
  rebuilding.take(length);
}

/** The records of the column, all of them made at once: what is wrong with one shows before any row is used. */
function wireCells(
  column: ColumnDef,
  number: number,
  values: ColumnValues,
  rebuilding: Rebuilding,
): Uint8Array[] {
  const { nested } = column;
  const writer = createFieldWriter(number, nested, values, 0, rebuilding, createNestedWriter);
  const out = new ByteWriter();
  return Array.from({ length: countOf(values) }, (_, place) => {
    out.reset();
    writer.write(place, out);
    rebuilding.take(out.length);
    const cell = out.finish();
    if (cell.length === 0) throw rebuilding.fail('a value has no bytes');
    if (rebuilding.hasForeign)
      checked(rebuilding, () => checkRecords(column, cell, rebuilding.limits));
    return cell;
  });
}

/** Times that 64 bits do not hold. */
function timeCells(
  def: TableDef,
  { index }: ColumnDef,
  values: ColumnValues,
  rebuilding: Rebuilding,
): Cell[] {
  if (values.kind !== 'bytes') throw rebuilding.fail(`${values.kind} are no records`);
  return values.values.map((record) => {
    const { cells, present } = checked(rebuilding, () =>
      decodeRow(def, record, 0, record.length, rebuilding.limits),
    );
    if (!maskHas(present, index)) throw rebuilding.fail('a time has no record');
    return cells[index]!;
  });
}

function checked<Result>(rebuilding: Rebuilding, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (error instanceof SyncError) throw rebuilding.fail(error.message);
    throw error;
  }
}
