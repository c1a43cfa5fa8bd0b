import { invalidField, SyncError } from '../../base/errors.ts';
import { defaultLimits, type Limits } from '../../base/limits.ts';
import type { BatchColumn, CodedValues } from '../../codec/batch.ts';
import { canonicalCell, cellsEqual, defaultCell } from '../../schema/cell.ts';
import type { Cell, ColumnDef } from '../../schema/table-def.ts';
import { ColumnForm, columnNumber } from './column-form.ts';
import { GatheredRows } from './gathered-rows.ts';
import type { Rebuilding } from './rebuilding.ts';
import { isNamed, type RowMasks } from './row-masks.ts';
import type { FieldValue, TeamCodec, TeamCodecs } from './team-codec.ts';

/** What a value counts for, with its length if it has one. */
const valueBytes = 8;

/**
 * The columns of a batch for one of the table that a codec of the team's own writes; see `batchOfRows`. Undefined where there is none
 * of its name, and where that does not do what it should: a mistake of the team's must never become a wrong row.
 */
export function codedColumns(
  column: ColumnDef,
  rowCount: number,
  cellAt: (row: number) => Cell,
  masks: RowMasks | undefined,
  codecs: TeamCodecs,
): BatchColumn[] | undefined {
  const codec = column.codec === undefined ? undefined : codecs.get(column.codec);
  if (codec === undefined) return undefined;
  const rows = new GatheredRows();
  const values: FieldValue[] = [];
  for (let row = 0; row < rowCount; row++) {
    if (!isNamed(masks, row, column.index)) continue;
    const cell = cellAt(row);
    if (cell === null) continue;
    rows.push(row);
    values.push(cell);
  }
  if (areDefaults(column, values)) return [];
  const bytes = encoded(column, codec, values);
  if (bytes === undefined) return undefined;
  const coded: CodedValues = { kind: 'coded', count: values.length, codec: codec.name, bytes };
  return rows.column(columnNumber(column.number, ColumnForm.coded), rowCount, () => coded);
}

/** The values of a column that a codec has written. DATA_LOSS MALFORMED_BYTES that names the column where they cannot be its. */
export function decodedValues(
  column: ColumnDef,
  { codec: name, bytes, count }: CodedValues,
  codecs: TeamCodecs,
  rebuilding: Rebuilding,
): readonly FieldValue[] {
  const codec = codecs.get(name);
  if (codec === undefined) throw rebuilding.fail('its codec was not agreed on');
  let values: readonly FieldValue[];
  try {
    values = decoded(column, codec, bytes, count, rebuilding.limits);
  } catch (cause) {
    // Of what is not ours nothing is repeated: it may tell of the row.
    const problem = cause instanceof SyncError ? cause.message : 'it throws';
    throw rebuilding.fail(`its codec ${name} cannot read it: ${problem}`, cause);
  }
  for (const value of values) rebuilding.take(lengthOf(value));
  return values;
}

/** Also true of none at all. */
function areDefaults(column: ColumnDef, values: readonly FieldValue[]): boolean {
  if (column.presence) return values.length === 0;
  const cell = defaultCell(column);
  return values.every((value) => cellsEqual(column.kind, value, cell));
}

/** What the codec makes of the values; undefined, and it is told why, where that may not be used. */
function encoded(
  column: ColumnDef,
  codec: TeamCodec,
  values: readonly FieldValue[],
): Uint8Array | undefined {
  try {
    return tried(column, codec, values);
  } catch (cause) {
    try {
      codec.onUnfit?.(column.name, cause);
    } catch {
      // The rows go all the same.
    }
    return undefined;
  }
}

/** Raises whatever the codec does, and INVALID_ARGUMENT where it takes more bytes than it may, or does not give the values again. */
function tried(column: ColumnDef, codec: TeamCodec, values: readonly FieldValue[]): Uint8Array {
  const given: unknown = codec.encode(values.map(ownValue));
  if (!(given instanceof Uint8Array)) throw unfit(column, 'what it gives are no bytes');
  const bytesMax = bytesOf(values);
  if (given.length > bytesMax) {
    throw unfit(column, `it takes ${given.length} bytes; ${bytesMax} are allowed`);
  }
  const bytes = new Uint8Array(given);
  const back = decoded(column, codec, bytes, values.length, defaultLimits);
  if (back.every((value, at) => cellsEqual(column.kind, value, values[at]!))) return bytes;
  throw unfit(column, 'it does not give the same values again');
}

/** Raises whatever the codec does, and INVALID_ARGUMENT for what are not `count` values of the column. */
function decoded(
  column: ColumnDef,
  codec: TeamCodec,
  bytes: Uint8Array,
  count: number,
  limits: Limits,
): FieldValue[] {
  const values: unknown = codec.decode(new Uint8Array(bytes), count);
  if (!Array.isArray(values) || values.length !== count) {
    throw unfit(column, `what it gives is no list of ${count} values`);
  }
  return Array.from({ length: count }, (_, at) => ownCell(column, values[at], limits));
}

function ownCell(column: ColumnDef, given: unknown, limits: Limits): FieldValue {
  // It may be anything: that is found out here.
  const cell = given === null ? null : canonicalCell(column, given as Cell, limits);
  if (cell === null || !cellsEqual(column.kind, cell, given as Cell)) {
    throw unfit(column, `what it gives are no values of ${column.typeName}`);
  }
  return ownValue(cell);
}

function unfit({ name }: ColumnDef, description: string): SyncError {
  return invalidField(name, 'WRONG_TYPE', description);
}

/** Bytes that nobody else has, in an array of no other class. */
function ownValue(value: FieldValue): FieldValue {
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}

function bytesOf(values: readonly FieldValue[]): number {
  return values.reduce<number>((sum, value) => sum + valueBytes + lengthOf(value), 0);
}

function lengthOf(value: FieldValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}
