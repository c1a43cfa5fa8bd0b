import { assert } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { ColumnDef, NestedField, NestedMessage, NestedScalar } from './table-def.ts';
import { WireCursor, WireType } from './wire-cursor.ts';

/** How many bytes a value of a form takes, and under which wire type. */
export const wireTypeOfForm = {
  varint: WireType.varint,
  zigzag: WireType.varint,
  fixed32: WireType.fixed32,
  fixed64: WireType.fixed64,
  text: WireType.length,
  bytes: WireType.length,
} as const;

/**
 * Steps over the value of one record of a wire column and checks all that a later reader relies on: wire types,
 * UTF-8, lengths, depth. Unknown field numbers inside nested messages are kept as they are.
 *
 * `depthLeft` is how many messages may still stand within each other. Errors are those of the cursor, and
 * NESTING_TOO_DEEP.
 */
export function checkRecord(
  cursor: WireCursor,
  field: NestedField,
  wireType: number,
  depthLeft: number,
): void {
  const { element } = field;
  if (element.type === 'message') {
    if (wireType !== WireType.length) throw wrongWireType(cursor, wireType);
    checkMessage(cursor, element, depthLeft);
  } else if (wireType === wireTypeOfForm[element.wire]) {
    checkScalar(cursor, element);
  } else if (field.repeated && wireType === WireType.length) {
    checkPacked(cursor, element);
  } else {
    throw wrongWireType(cursor, wireType);
  }
}

export function wrongWireType(cursor: WireCursor, wireType: number) {
  return cursor.fail('WRONG_WIRE_TYPE', `has wire type ${wireType}, which is not that of its type`);
}

function checkMessage(cursor: WireCursor, message: NestedMessage, depthLeft: number): void {
  if (depthLeft <= 0) throw cursor.fail('NESTING_TOO_DEEP', 'has messages nested too deep');
  const length = cursor.length();
  const outerEnd = cursor.end;
  cursor.end = cursor.position + length;
  while (cursor.position < cursor.end) {
    const tag = cursor.tag();
    const field = message.fields.get(tag >>> 3);
    if (field === undefined) cursor.skipValue(tag & 7);
    else checkRecord(cursor, field, tag & 7, depthLeft - 1);
  }
  cursor.end = outerEnd;
}

function checkScalar(cursor: WireCursor, scalar: NestedScalar): void {
  if (scalar.wire === 'text') cursor.skipText();
  else cursor.skipValue(wireTypeOfForm[scalar.wire]);
}

/** A packed list is numbers without tags, which must fill the length exactly. */
function checkPacked(cursor: WireCursor, scalar: NestedScalar): void {
  const length = cursor.length();
  const outerEnd = cursor.end;
  cursor.end = cursor.position + length;
  while (cursor.position < cursor.end) checkScalar(cursor, scalar);
  cursor.end = outerEnd;
}

/**
 * Checks a whole wire cell: nothing but records of its own column, each of them sound. Raises INVALID_ARGUMENT
 * that names the field, with the reasons of `checkRecord`, or WRONG_TYPE where a record is another field's.
 */
export function checkRecords(column: ColumnDef, cell: Uint8Array, limits: Limits): void {
  const cursor = new WireCursor(cell);
  cursor.field = column.name;
  const nested = nestedOf(column);
  while (cursor.position < cursor.end) {
    const tag = cursor.tag();
    if (tag >>> 3 !== column.number) {
      throw cursor.fail('WRONG_TYPE', `holds a record of field number ${tag >>> 3}`);
    }
    checkRecord(cursor, nested, tag & 7, limits.nestingDepthMax);
  }
}

export function nestedOf(column: ColumnDef): NestedField {
  assert(column.nested !== undefined, `the wire column ${column.name} says nothing of its records`);
  return column.nested;
}
