import { invalidField, type SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { utf8Length } from '../base/utf8.ts';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import type { Cell, ColumnDef, TableDef } from './table-def.ts';

const integer = /^(?:0|-?[1-9][0-9]*)$/;

const integerRanges = {
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  enum: [-(1n << 31n), (1n << 31n) - 1n],
  uint32: [0n, (1n << 32n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
} as const;

/**
 * The text form of a row's key: a string as it is, integers and enum numbers in decimal, `true` or `false`, bytes
 * in unpadded base64url. Raises INVALID_ARGUMENT BAD_KEY naming the field for an empty key and for one of more than
 * `limits.keyBytesMax` UTF-8 bytes.
 */
export function keyOfCells(
  def: TableDef,
  cells: readonly Cell[],
  limits: Limits = defaultLimits,
): string {
  const cell = cells[def.key]!;
  if (cell === null) throw badKey(def, 'is absent; it is the key');
  const key = cell instanceof Uint8Array ? encodeBase64Url(cell) : String(cell);
  checkKeyText(def, key, limits);
  return key;
}

/**
 * The cell of a key from its text form. Raises INVALID_ARGUMENT BAD_KEY naming the field for what `keyOfCells`
 * cannot give, so that no row has two keys: `07`, `+7`, `-0`, `True`, padded base64.
 */
export function keyCell(def: TableDef, key: string, limits: Limits = defaultLimits): Cell {
  checkKeyText(def, key, limits);
  const cell = parseKey(def.columns[def.key]!, key);
  if (cell !== undefined) return cell;
  const { typeName } = def.columns[def.key]!;
  throw badKey(def, `is the key, of type ${typeName}; its text form does not fit`);
}

function parseKey(column: ColumnDef, key: string): Cell | undefined {
  switch (column.kind) {
    case 'string':
      return key;
    case 'bool':
      return key === 'true' || key === 'false' ? key === 'true' : undefined;
    case 'int32':
    case 'uint32':
    case 'enum': {
      const value = parseInteger(column.kind, key);
      return value === undefined ? undefined : Number(value);
    }
    case 'int64':
    case 'uint64':
      return parseInteger(column.kind, key);
    case 'bytes':
      return decodeBase64Url(key);
    default:
      return undefined;
  }
}

function parseInteger(kind: keyof typeof integerRanges, key: string): bigint | undefined {
  if (!integer.test(key)) return undefined;
  const value = BigInt(key);
  const [min, max] = integerRanges[kind];
  return value >= min && value <= max ? value : undefined;
}

function checkKeyText(def: TableDef, key: string, limits: Limits): void {
  if (key === '') throw badKey(def, 'is the key and must not be empty');
  if (!key.isWellFormed()) throw badKey(def, 'is the key and has a lone surrogate');
  if (key.length * 3 > limits.keyBytesMax && utf8Length(key) > limits.keyBytesMax) {
    throw badKey(def, `is the key and has more than ${limits.keyBytesMax} bytes`);
  }
}

function badKey(def: TableDef, description: string): SyncError {
  return invalidField(def.columns[def.key]!.name, 'BAD_KEY', description);
}
