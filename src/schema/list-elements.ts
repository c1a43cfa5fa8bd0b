import { nestedOf, wireTypeOfForm } from './nested-check.ts';
import type { ColumnDef, NestedScalar } from './table-def.ts';
import { WireCursor, WireType } from './wire-cursor.ts';

/** An element of a list of scalars, as a cell of its kind would hold it. */
export type ListElement = boolean | number | bigint | string | Uint8Array;

/** True for wire columns that are lists of scalars. */
export function isScalarList(column: ColumnDef): boolean {
  return column.nested?.repeated === true && column.nested.element.type === 'scalar';
}

/** The elements of a checked cell of a scalar list, packed or not, in order. */
export function listElements(column: ColumnDef, cell: Uint8Array | null): ListElement[] {
  const { element } = nestedOf(column);
  const elements: ListElement[] = [];
  if (cell === null || element.type !== 'scalar') return elements;
  const cursor = new WireCursor(cell);
  cursor.field = column.name;
  const ownWireType = wireTypeOfForm[element.wire];
  while (cursor.position < cell.length) {
    const wireType = cursor.tag() & 7;
    if (wireType === WireType.length && ownWireType !== WireType.length) {
      const end = cursor.length() + cursor.position;
      while (cursor.position < end) elements.push(readElement(cursor, element));
    } else {
      elements.push(readElement(cursor, element));
    }
  }
  return elements;
}

function readElement(cursor: WireCursor, element: NestedScalar): ListElement {
  switch (element.kind) {
    case 'string':
      return cursor.text();
    case 'bytes':
      return cursor.bytes();
    case 'bool':
      return cursor.bool();
    case 'float':
      return cursor.float();
    case 'double':
      return cursor.double();
    case 'int32':
    case 'enum':
      return signed32(cursor, element);
    case 'uint32':
      return element.wire === 'fixed32' ? cursor.fixed32() : low32(cursor) >>> 0;
    case 'int64':
      if (element.wire === 'fixed64') return cursor.sfixed64();
      return element.wire === 'zigzag' ? cursor.sint64() : cursor.int64();
    case 'uint64':
      return element.wire === 'fixed64' ? cursor.fixed64() : cursor.uint64();
  }
}

function signed32(cursor: WireCursor, element: NestedScalar): number {
  if (element.wire === 'fixed32') return cursor.sfixed32();
  const bits = low32(cursor);
  return element.wire === 'zigzag' ? (bits >>> 1) ^ -(bits & 1) : bits;
}

/** Elements of lists are stored unchecked; like every protobuf reader, this one takes the lower 32 bits. */
function low32(cursor: WireCursor): number {
  cursor.varint();
  return cursor.low;
}
