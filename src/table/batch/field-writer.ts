import type { ByteWriter } from '../../base/bytes.ts';
import type { ColumnValues } from '../../codec/batch.ts';
import { encodeValue } from '../../schema/cell-encoder.ts';
import { formOf } from '../../schema/column-codec.ts';
import { wireTypeOfForm } from '../../schema/nested-check.ts';
import type { NestedField, NestedMessage, NestedScalar } from '../../schema/table-def.ts';
import { WireType } from '../../schema/wire-cursor.ts';
import { cellsOfValues } from './cell-values.ts';
import { ColumnForm, columnPlace } from './column-form.ts';
import type { Rebuilding } from './rebuilding.ts';

/** Writes values of a column of a batch as protobuf again. */
export interface PlaceWriter {
  /** Of a field its records; of a message or scalar what stands behind the tag, with its length if it has one. */
  write(place: number, out: ByteWriter): void;
}

/** Makes what writes the messages of a type, which stand in so many others, themselves included. */
export type MakeWriter = (
  message: NestedMessage,
  values: ColumnValues,
  depth: number,
  rebuilding: Rebuilding,
) => PlaceWriter;

/**
 * What writes the records of a field, whose column has this number. `field` is undefined for one that the schema does not know.
 * `depth` is that of the message that has it, 0 for a row. DATA_LOSS where the column does not fit the field.
 */
export function createFieldWriter(
  columnNumber: number,
  field: NestedField | undefined,
  values: ColumnValues,
  depth: number,
  rebuilding: Rebuilding,
  make: MakeWriter,
): PlaceWriter {
  const { field: number, form } = columnPlace(columnNumber);
  if (form === ColumnForm.records) return recordWriter(values, rebuilding);
  if (field === undefined) throw rebuilding.fail(`there is no field ${number}`);
  const { element, repeated } = field;
  const isMessage = element.type === 'message';
  const wireType = isMessage ? WireType.length : wireTypeOfForm[element.wire];
  const isPackable = repeated && wireType !== WireType.length;
  if (form !== ColumnForm.values && !(isPackable && form === ColumnForm.unpacked)) {
    throw rebuilding.fail(`field ${number} has no form ${form}`);
  }
  const items = repeated ? itemsOf(values, rebuilding) : values;
  const writer = isMessage
    ? make(element, items, depth + 1, rebuilding)
    : scalarWriter(element, items, rebuilding);
  const tag = ((number << 3) | wireType) >>> 0;
  if (!repeated) return new OneWriter(tag, writer);
  const starts = startsOf(values, rebuilding);
  return isPackable && form === ColumnForm.values
    ? new PackedWriter(((number << 3) | WireType.length) >>> 0, starts, writer, rebuilding)
    : new ListWriter(tag, starts, writer, rebuilding);
}

/** Records as they are. The cell that they become a part of has to be checked. */
function recordWriter(values: ColumnValues, rebuilding: Rebuilding): PlaceWriter {
  if (values.kind !== 'bytes') throw rebuilding.fail(`${values.kind} are no records`);
  rebuilding.hasForeign = true;
  const records = values.values;
  return { write: (place, out) => out.bytes(records[place]!) };
}

function scalarWriter(
  element: NestedScalar,
  values: ColumnValues,
  rebuilding: Rebuilding,
): PlaceWriter {
  const { kind, wire } = element;
  const form = formOf({ kind, wire, typeName: kind });
  const cellAt = cellsOfValues({ kind, typeName: kind }, values, rebuilding);
  return { write: (place, out) => encodeValue(form, cellAt(place), out) };
}

function itemsOf(values: ColumnValues, rebuilding: Rebuilding): ColumnValues {
  if (values.kind !== 'list') throw rebuilding.fail(`${values.kind} are no lists`);
  return values.items;
}

/** Where the items of each list begin, and those of the last end. */
function startsOf(values: ColumnValues, rebuilding: Rebuilding): Float64Array {
  const { lengths } = values as ColumnValues & { kind: 'list' };
  const starts = new Float64Array(lengths.length + 1);
  for (let at = 0; at < lengths.length; at++) {
    if (lengths[at] === 0) throw rebuilding.fail('a list has no items');
    starts[at + 1] = starts[at]! + lengths[at]!;
  }
  return starts;
}

class OneWriter implements PlaceWriter {
  private readonly tag: number;
  private readonly writer: PlaceWriter;

  constructor(tag: number, writer: PlaceWriter) {
    this.tag = tag;
    this.writer = writer;
  }

  write(place: number, out: ByteWriter): void {
    out.varint(this.tag);
    this.writer.write(place, out);
  }
}

class ListWriter implements PlaceWriter {
  private readonly tag: number;
  private readonly starts: Float64Array;
  private readonly writer: PlaceWriter;
  private readonly rebuilding: Rebuilding;

  constructor(tag: number, starts: Float64Array, writer: PlaceWriter, rebuilding: Rebuilding) {
    this.tag = tag;
    this.starts = starts;
    this.writer = writer;
    this.rebuilding = rebuilding;
  }

  write(place: number, out: ByteWriter): void {
    for (let item = this.starts[place]!; item < this.starts[place + 1]!; item++) {
      out.varint(this.tag);
      this.writer.write(item, out);
      this.rebuilding.check(out);
    }
  }
}

class PackedWriter implements PlaceWriter {
  private readonly tag: number;
  private readonly starts: Float64Array;
  private readonly writer: PlaceWriter;
  private readonly rebuilding: Rebuilding;

  constructor(tag: number, starts: Float64Array, writer: PlaceWriter, rebuilding: Rebuilding) {
    this.tag = tag;
    this.starts = starts;
    this.writer = writer;
    this.rebuilding = rebuilding;
  }

  write(place: number, out: ByteWriter): void {
    out.varint(this.tag);
    const mark = out.beginLength();
    for (let item = this.starts[place]!; item < this.starts[place + 1]!; item++) {
      this.writer.write(item, out);
      this.rebuilding.check(out);
    }
    out.endLength(mark);
  }
}
