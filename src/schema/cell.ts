import { bytesEqual, compareBytes } from '../base/bytes.ts';
import { invalidField, type SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { compareUtf8 } from '../base/utf8.ts';
import { checkRecords } from './nested-check.ts';
import type { Cell, ColumnDef, ColumnKind } from './table-def.ts';
import { durationName, inTimeRange } from './time.ts';

const noBytes = new Uint8Array(0);

const int64Min = -(1n << 63n);
const int64Max = (1n << 63n) - 1n;
const uint64Max = (1n << 64n) - 1n;

/** What a column holds in a row that says nothing of it. */
export function defaultCell(column: ColumnDef): Cell {
  if (column.presence) return null;
  switch (column.kind) {
    case 'bool':
      return false;
    case 'int64':
    case 'uint64':
      return 0n;
    case 'string':
      return '';
    case 'bytes':
      return noBytes;
    case 'time':
    case 'wire':
      return null;
    default:
      return 0;
  }
}

/**
 * True where both cells hold the same content, which is to say the same bytes on the wire: NaN equals NaN, and 0
 * differs from -0.
 */
export function cellsEqual(kind: ColumnKind, left: Cell, right: Cell): boolean {
  if (left === null || right === null) return left === right;
  switch (kind) {
    case 'bytes':
    case 'wire':
      return bytesEqual(left as Uint8Array, right as Uint8Array);
    case 'float':
    case 'double':
      return Object.is(left, right);
    default:
      return left === right;
  }
}

/** True where all cells of two rows of these columns are equal. */
export function sameCells(
  columns: readonly ColumnDef[],
  left: readonly Cell[],
  right: readonly Cell[],
): boolean {
  return columns.every(({ kind, index }) => cellsEqual(kind, left[index]!, right[index]!));
}

/**
 * The order of cells in queries and indexes: negative, zero or positive. null comes first; false before true;
 * numbers by value (0 and -0 are level, NaN is above all); strings by their UTF-8 bytes; bytes unsigned.
 */
export function compareCells(kind: ColumnKind, left: Cell, right: Cell): number {
  if (left === null || right === null) return rank(left) - rank(right);
  switch (kind) {
    case 'string':
      return compareUtf8(left as string, right as string);
    case 'bytes':
    case 'wire':
      return compareBytes(left as Uint8Array, right as Uint8Array);
    default:
      return compareNumbers(left as number, right as number);
  }
}

function rank(cell: Cell): number {
  return cell === null ? 0 : 1;
}

/** Numbers, bigints and booleans; both of one type. */
function compareNumbers(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return Number(isNaNCell(left)) - Number(isNaNCell(right));
}

function isNaNCell(value: unknown): boolean {
  return Number.isNaN(value);
}

/**
 * The cell as it is stored, checked against its column: floats rounded to 32 bits, an empty wire cell null, and
 * null the default where the column has no presence. Whatever does not fit raises INVALID_ARGUMENT WRONG_TYPE
 * that names the field; the records of a wire cell are checked as `decodeRow` checks them, with its reasons.
 */
export function canonicalCell(column: ColumnDef, cell: Cell, limits: Limits = defaultLimits): Cell {
  if (cell === null) return defaultCell(column);
  switch (column.kind) {
    case 'bool':
      if (typeof cell === 'boolean') return cell;
      break;
    case 'int32':
    case 'enum':
      // `| 0` is the identity on integers of 32 bits, and takes the sign off -0.
      if (typeof cell === 'number' && cell === (cell | 0)) return cell | 0;
      break;
    case 'uint32':
      if (typeof cell === 'number' && cell === cell >>> 0) return cell >>> 0;
      break;
    case 'int64':
      if (typeof cell === 'bigint' && cell >= int64Min && cell <= int64Max) return cell;
      break;
    case 'uint64':
      if (typeof cell === 'bigint' && cell >= 0n && cell <= uint64Max) return cell;
      break;
    case 'float':
      if (typeof cell === 'number') return floatCell(column, cell);
      break;
    case 'double':
      if (typeof cell === 'number') return cell;
      break;
    case 'string':
      if (typeof cell === 'string' && cell.isWellFormed()) return cell;
      break;
    case 'bytes':
      if (cell instanceof Uint8Array) return cell;
      break;
    case 'time':
      if (typeof cell === 'bigint' && inTimeRange(column.typeName === durationName, cell)) {
        return cell;
      }
      break;
    case 'wire':
      if (cell instanceof Uint8Array) return wireCell(column, cell, limits);
      break;
  }
  throw wrongType(column, cell);
}

function floatCell(column: ColumnDef, cell: number): number {
  const rounded = Math.fround(cell);
  if (Math.abs(rounded) === Infinity && Math.abs(cell) !== Infinity) throw wrongType(column, cell);
  return rounded;
}

function wireCell(column: ColumnDef, cell: Uint8Array, limits: Limits): Cell {
  if (cell.length === 0) return null;
  checkRecords(column, cell, limits);
  return cell;
}

/** What a value must be, by the kind of its column; for errors. */
const expectations: Record<ColumnKind, string> = {
  bool: 'true or false',
  int32: 'an integer of 32 bits, signed',
  uint32: 'an integer of 32 bits, unsigned',
  int64: 'an integer of 64 bits, signed (a bigint)',
  uint64: 'an integer of 64 bits, unsigned (a bigint)',
  float: 'a number that 32 bits can hold',
  double: 'a number',
  enum: 'the number of an enum value',
  string: 'a string without lone surrogates',
  bytes: 'bytes',
  time: 'nanoseconds (a bigint) within the range of its type',
  wire: 'the bytes of its protobuf records',
};

function wrongType(column: ColumnDef, cell: Cell): SyncError {
  const found = typeof cell === 'object' ? 'bytes' : `a ${typeof cell}`;
  return invalidField(
    column.name,
    'WRONG_TYPE',
    `must be ${expectations[column.kind]} for ${column.typeName}; ${found} does not fit`,
  );
}
