import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { FieldViolation } from '../base/errors.ts';
import { compareUtf8 } from '../base/utf8.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';

// Cells of repeated fields are their protobuf records, tags included; an empty list is no cell.
const lengthRecord = 2;
const tagOf = (table: TableDef, name: string) =>
  table.columnByName.get(name)!.number * 8 + lengthRecord;

/** One packed record of varints. */
export function packedCell(table: TableDef, name: string, values: readonly number[]): Cell {
  if (values.length === 0) return null;
  const out = new ByteWriter();
  out.varint(tagOf(table, name));
  const mark = out.beginLength(values.length);
  for (const value of values) out.varint(value);
  out.endLength(mark);
  return out.finish();
}

/** A record for each text, sorted. */
export function textsCell(table: TableDef, name: string, texts: readonly string[]): Cell {
  if (texts.length === 0) return null;
  const out = new ByteWriter();
  for (const text of [...texts].sort(compareUtf8)) {
    out.varint(tagOf(table, name));
    out.lengthText(text);
  }
  return out.finish();
}

/** The record of one nested message, of which these are the bytes; none where there are none. */
export function messageCell(table: TableDef, name: string, bytes: Uint8Array | undefined): Cell {
  if (bytes === undefined) return null;
  const out = new ByteWriter(bytes.length + 8);
  out.varint(tagOf(table, name));
  out.lengthBytes(bytes);
  return out.finish();
}

/** Reads `messageCell` back. */
export function messageOf(cell: Cell): Uint8Array | undefined {
  if (cell === null) return undefined;
  const reader = new ByteReader(cell as Uint8Array, 'nested message');
  reader.varint();
  return reader.lengthBytes().slice();
}

// Tags of syncdb.v1.FieldViolation.
const fieldTag = 10;
const problemTag = 18;

/** A record for each `syncdb.v1.FieldViolation`, both fields written, also where they are empty. */
export function violationsCell(
  table: TableDef,
  name: string,
  violations: readonly FieldViolation[],
): Cell {
  if (violations.length === 0) return null;
  const out = new ByteWriter();
  for (const { field, description } of violations) {
    out.varint(tagOf(table, name));
    const mark = out.beginLength(field.length + description.length + 4);
    out.varint(fieldTag);
    out.lengthText(field);
    out.varint(problemTag);
    out.lengthText(description);
    out.endLength(mark);
  }
  return out.finish();
}

/** Reads `violationsCell` back. */
export function violationsOf(cell: Cell): FieldViolation[] {
  if (cell === null) return [];
  const reader = new ByteReader(cell as Uint8Array, 'violations');
  const violations: FieldViolation[] = [];
  while (!reader.done) {
    reader.varint();
    const record = new ByteReader(reader.lengthBytes(), 'violations');
    record.varint();
    const field = record.lengthText();
    record.varint();
    violations.push({ field, description: record.lengthText() });
  }
  return violations;
}
