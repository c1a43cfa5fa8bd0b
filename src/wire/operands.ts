import { invalidField } from '../base/errors.ts';
import type { Cell, ColumnDef } from '../schema/table-def.ts';
import { durationName } from '../schema/time.ts';
import { parseDuration, parseTimestamp } from './time-texts.ts';

/** More than 64 bits have, so that nobody makes us work on a number of a million digits. */
const integerForm = /^-?[0-9]{1,20}$/;
const base64Form = /^[A-Za-z0-9+/_-]*={0,2}$/;

const specialNumbers: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

const noBytes = new Uint8Array(0);

/**
 * The cell that a `google.protobuf.Value` means where it is compared with a column, in the forms that the JSON of
 * Protocol Buffers has for the column's type: integers also as decimal strings, enums by name or number, bytes in
 * Base64 of either alphabet, times as RFC 3339, durations as `1.5s`. `value` is as ts-proto hands it out.
 *
 * INVALID_ARGUMENT WRONG_TYPE names the field for what is of another type, UNKNOWN_ENUM_VALUE for an unknown name.
 * Whether a number is within the range of its type is for `checkFilter` to say.
 */
export function operandFromWire(column: ColumnDef, value: unknown, field: string): Cell {
  const cell = cellOf(column, value, field);
  if (cell !== undefined) return cell;
  const description = `must be ${expectationOf(column)} for ${column.typeName}`;
  throw invalidField(field, 'WRONG_TYPE', description);
}

function cellOf(column: ColumnDef, value: unknown, field: string): Cell | undefined {
  switch (column.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int32':
    case 'uint32':
      if (typeof value === 'string') return integerForm.test(value) ? Number(value) : undefined;
      return typeof value === 'number' ? value : undefined;
    case 'int64':
    case 'uint64':
      if (typeof value === 'string') return integerForm.test(value) ? BigInt(value) : undefined;
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case 'float':
    case 'double':
      return typeof value === 'number' ? value : specialNumbers.get(value);
    case 'enum':
      if (typeof value === 'string') return enumNumber(column, value, field);
      return typeof value === 'number' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'bytes':
      return typeof value === 'string' ? bytesOf(value) : undefined;
    case 'time':
      if (typeof value !== 'string') return undefined;
      return column.typeName === durationName ? parseDuration(value) : parseTimestamp(value);
    case 'wire':
      // Nested data has no operator that takes a value, which is what the caller is then told.
      return noBytes;
  }
}

function enumNumber(column: ColumnDef, name: string, field: string): number {
  const number = column.enumNumbers?.get(name);
  if (number !== undefined) return number;
  const description = `${column.typeName} has no value ${JSON.stringify(name)}`;
  throw invalidField(field, 'UNKNOWN_ENUM_VALUE', description);
}

function bytesOf(text: string): Uint8Array | undefined {
  const digits = text.replace(/=+$/, '').length;
  if (!base64Form.test(text) || digits % 4 === 1) return undefined;
  // Node takes both alphabets, padded or not.
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function expectationOf(column: ColumnDef): string {
  switch (column.kind) {
    case 'bool':
      return 'true or false';
    case 'int32':
    case 'uint32':
      return 'an integer';
    case 'int64':
    case 'uint64':
      return 'an integer, as a string of decimal digits';
    case 'float':
    case 'double':
      return 'a number';
    case 'enum':
      return 'the name or number of an enum value';
    case 'bytes':
      return 'a string in Base64';
    case 'time':
      return column.typeName === durationName
        ? 'a length such as "1.5s"'
        : 'a time such as "2024-05-01T12:00:00Z"';
    default:
      return 'a string';
  }
}
