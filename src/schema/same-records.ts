import { ByteWriter, bytesEqual, compareBytes } from '../base/bytes.ts';
import { cellsEqual } from './cell.ts';
import { wireTypeOfForm } from './nested-check.ts';
import type { Cell, ColumnDef, NestedField, NestedMessage, NestedScalar } from './table-def.ts';
import { WireCursor, WireType } from './wire-cursor.ts';

/** Whether two cells of a column are the same value, whatever bytes a language makes of it. */
export function sameValue({ kind, nested }: ColumnDef, left: Cell, right: Cell): boolean {
  if (cellsEqual(kind, left, right)) return true;
  if (nested === undefined || left === null || right === null) return false;
  return sameRecords(nested, left as Uint8Array, right as Uint8Array);
}

/**
 * Whether two checked cells of a wire column are the same value: languages order the entries of a map as they like,
 * and may pack a list or not.
 */
function sameRecords(field: NestedField, left: Uint8Array, right: Uint8Array): boolean {
  return bytesEqual(canonicalCell(field, left), canonicalCell(field, right));
}

/** A value in one of its forms only, for comparing. It is no protobuf. */
function canonicalCell(field: NestedField, cell: Uint8Array): Uint8Array {
  const [records = []] = recordsOf(cell, 0, cell.length).values();
  const out = new ByteWriter();
  writeField(field, records, cell, out);
  return out.finish();
}

/** One record: what is behind its tag, or behind its length. */
interface WireRecord {
  readonly wireType: number;
  readonly start: number;
  readonly end: number;
}

/** The records of a message by field number, each field's in order. */
function recordsOf(source: Uint8Array, start: number, end: number): Map<number, WireRecord[]> {
  const cursor = new WireCursor(source, start, end);
  const fields = new Map<number, WireRecord[]>();
  while (cursor.position < end) {
    const tag = cursor.tag();
    const wireType = tag & 7;
    let from = cursor.position;
    if (wireType === WireType.length) {
      const length = cursor.length();
      from = cursor.position;
      cursor.position += length;
    } else cursor.skipValue(wireType);
    const records = fields.get(tag >>> 3);
    const record = { wireType, start: from, end: cursor.position };
    if (records === undefined) fields.set(tag >>> 3, [record]);
    else records.push(record);
  }
  return fields;
}

function writeField(
  field: NestedField,
  records: readonly WireRecord[],
  source: Uint8Array,
  out: ByteWriter,
): void {
  const { element } = field;
  if (element.type === 'scalar') {
    if (field.repeated) writeList(element, records, source, out);
    // Of a single value the last one counts.
    else writeBytes(source, records.slice(-1), out);
    // A message that comes in several records is all of them together.
  } else if (!field.repeated) out.lengthBytes(canonicalMessage(element, source, records));
  else if (field.map) writeMap(element, records, source, out);
  else for (const record of records) out.lengthBytes(canonicalMessage(element, source, [record]));
}

/** Numbers follow each other whether they are packed or not; texts and bytes need their lengths. */
function writeList(
  element: NestedScalar,
  records: readonly WireRecord[],
  source: Uint8Array,
  out: ByteWriter,
): void {
  if (wireTypeOfForm[element.wire] !== WireType.length) writeBytes(source, records, out);
  else for (const { start, end } of records) out.lengthBytes(source.subarray(start, end));
}

function writeBytes(source: Uint8Array, records: readonly WireRecord[], out: ByteWriter): void {
  for (const { start, end } of records) out.bytes(source.subarray(start, end));
}

/** Entries in the order of their keys; of several with one key the last counts. */
function writeMap(
  entry: NestedMessage,
  records: readonly WireRecord[],
  source: Uint8Array,
  out: ByteWriter,
): void {
  const entries = new Map<string, Uint8Array>();
  for (const { start, end } of records) {
    const fields = recordsOf(source, start, end);
    const [key, value] = [1, 2].map((number) => {
      const field = entry.fields.get(number)!;
      return entryPart(field, fields.get(number) ?? [], source);
    });
    const whole = new ByteWriter();
    whole.lengthBytes(key!);
    whole.lengthBytes(value!);
    entries.set(key!.join(), whole.finish());
  }
  for (const bytes of [...entries.values()].sort(compareBytes)) out.bytes(bytes);
}

/** A key or a value. Where it is the default, some languages leave it out: then it is nothing. */
function entryPart(
  field: NestedField,
  records: readonly WireRecord[],
  source: Uint8Array,
): Uint8Array {
  const out = new ByteWriter();
  const { element } = field;
  if (element.type === 'message' && records.length === 0) out.lengthBytes(new Uint8Array(0));
  else writeField(field, records, source, out);
  const bytes = out.finish();
  const isNumber = element.type === 'scalar' && wireTypeOfForm[element.wire] !== WireType.length;
  return isNumber && bytes.every((byte) => byte === 0) ? new Uint8Array(0) : bytes;
}

/** Of a oneof the member that comes last counts, and of it what comes after all others. */
function keepChosen({ oneofs }: NestedMessage, fields: Map<number, WireRecord[]>): void {
  for (const lowest of new Set(oneofs.values())) {
    const members = [...fields].filter(([number]) => oneofs.get(number) === lowest);
    members.sort(([, left], [, right]) => left.at(-1)!.start - right.at(-1)!.start);
    const [number, records] = members.pop() ?? [];
    if (number === undefined || members.length === 0) continue;
    const before = members.at(-1)![1].at(-1)!.start;
    fields.set(
      number,
      records!.filter(({ start }) => start > before),
    );
    for (const [other] of members) fields.delete(other);
  }
}

function canonicalMessage(
  message: NestedMessage,
  source: Uint8Array,
  parts: readonly WireRecord[],
): Uint8Array {
  const fields = new Map<number, WireRecord[]>();
  for (const { start, end } of parts) {
    for (const [number, records] of recordsOf(source, start, end)) {
      fields.set(number, [...(fields.get(number) ?? []), ...records]);
    }
  }
  keepChosen(message, fields);
  const out = new ByteWriter();
  for (const [number, records] of [...fields].sort(([left], [right]) => left - right)) {
    const field = message.fields.get(number);
    out.varint(number);
    const value = new ByteWriter();
    if (field !== undefined) writeField(field, records, source, value);
    else {
      for (const { wireType, start, end } of records) {
        value.u8(wireType);
        value.lengthBytes(source.subarray(start, end));
      }
    }
    out.lengthBytes(value.finish());
  }
  return out.finish();
}
