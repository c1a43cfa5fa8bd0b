import { wireTypeOfForm } from './nested-check.ts';
import type { ColumnDef, NestedField } from './table-def.ts';
import { durationName } from './time.ts';
import { WireType } from './wire-cursor.ts';

/** Kind and wire form of a column in one small number, which is what the codec switches on. */
export const Form = {
  bool: 0,
  int32: 1,
  uint32: 2,
  sint32: 3,
  sfixed32: 4,
  fixed32: 5,
  float: 6,
  int64: 7,
  uint64: 8,
  sint64: 9,
  sfixed64: 10,
  fixed64: 11,
  double: 12,
  text: 13,
  bytes: 14,
  timestamp: 15,
  duration: 16,
  records: 17,
} as const;

export type Form = (typeof Form)[keyof typeof Form];

/** What the codec needs of one column, computed once. */
export interface ColumnCodec {
  readonly index: number;
  readonly number: number;
  readonly name: string;
  readonly form: Form;
  /** `number * 8 + wire type`; of wire columns the wire type is that of a length. */
  readonly tag: number;
  readonly presence: boolean;
  /** Which oneof of its table the column belongs to, or -1. */
  readonly oneof: number;
  readonly nested: NestedField | undefined;
  /** True for lists of numbers, which may come packed. */
  readonly packable: boolean;
}

/** The codecs of a table's columns, and how many oneofs they make up. */
export function columnCodecs(columns: readonly ColumnDef[]): {
  codecs: ColumnCodec[];
  oneofCount: number;
} {
  const firstMembers = new Map<number, number>();
  const codecs = columns.map((column) => columnCodec(column, oneofOf(column, firstMembers)));
  return { codecs, oneofCount: firstMembers.size };
}

/** Numbers the oneofs in the order of their first members. */
function oneofOf(column: ColumnDef, firstMembers: Map<number, number>): number {
  if (column.oneofSiblings.length === 0) return -1;
  const first = Math.min(column.index, ...column.oneofSiblings);
  const known = firstMembers.get(first) ?? firstMembers.size;
  firstMembers.set(first, known);
  return known;
}

function columnCodec(column: ColumnDef, oneof: number): ColumnCodec {
  const { index, number, name, presence, nested } = column;
  const form = formOf(column);
  const tag = (number << 3) | wireTypeOf(column);
  const packable =
    nested?.repeated === true &&
    nested.element.type === 'scalar' &&
    wireTypeOfForm[nested.element.wire] !== WireType.length;
  return { index, number, name, form, tag: tag >>> 0, presence, oneof, nested, packable };
}

function wireTypeOf(column: ColumnDef): number {
  const { wire } = column;
  return wire === 'time' || wire === 'records' ? WireType.length : wireTypeOfForm[wire];
}

/** The form of a column, or of a scalar within one. */
export function formOf(column: Pick<ColumnDef, 'kind' | 'wire' | 'typeName'>): Form {
  const { kind, wire } = column;
  switch (kind) {
    case 'bool':
      return Form.bool;
    case 'int32':
    case 'enum':
      if (wire === 'fixed32') return Form.sfixed32;
      return wire === 'zigzag' ? Form.sint32 : Form.int32;
    case 'uint32':
      return wire === 'fixed32' ? Form.fixed32 : Form.uint32;
    case 'int64':
      if (wire === 'fixed64') return Form.sfixed64;
      return wire === 'zigzag' ? Form.sint64 : Form.int64;
    case 'uint64':
      return wire === 'fixed64' ? Form.fixed64 : Form.uint64;
    case 'float':
      return Form.float;
    case 'double':
      return Form.double;
    case 'string':
      return Form.text;
    case 'bytes':
      return Form.bytes;
    case 'time':
      return column.typeName === durationName ? Form.duration : Form.timestamp;
    case 'wire':
      return Form.records;
  }
}
