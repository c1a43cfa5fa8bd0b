/** Rows of Deltas as test vectors have them in JSON. */
import { type DescMessage, fromBinary, type JsonValue, toJson } from '@bufbuild/protobuf';
import { RecordSchema, ShapesSchema, SiteSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { toHex } from '../../../src/base/bytes.ts';
import type { RowDelta } from '../../../src/change/row-delta.ts';
import type { PackedRow } from '../../../src/codec/packed.ts';

/** What a receiver is told of a row. */
export interface RowJson extends Omit<PackedRow, 'row' | 'key'> {
  readonly row: string;
  /** The row's message; not there where it has none. */
  readonly message?: JsonValue;
}

const messages: Readonly<Record<string, DescMessage>> = {
  'test.v1.Record': RecordSchema,
  'test.v1.Shapes': ShapesSchema,
  'test.v1.Site': SiteSchema,
};

export function packedRowJson(told: PackedRow): RowJson {
  const { kind, table, number, version, stamp, writer, fields, scopes, row, own } = told;
  const marks = { kind, table, number, version, stamp, writer, fields, scopes };
  return { ...marks, ...(own && { own }), row: toHex(row) };
}

/** The same with its message, for people. */
export function rowJson(delta: RowDelta): RowJson {
  const told = packedRowJson(delta);
  const desc = messages[delta.table];
  if (told.row === '' || desc === undefined) return told;
  return { ...told, message: toJson(desc, fromBinary(desc, delta.row)) };
}
