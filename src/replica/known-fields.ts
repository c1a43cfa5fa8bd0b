import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { SyncError } from '../base/errors.ts';
import { nextTag, skipValue } from '../base/field-scan.ts';
import { decidedLimits } from '../change/decided.ts';
import { keyOfCells } from '../schema/key.ts';
import { decodeRow } from '../schema/row-codec.ts';
import type { TableDef } from '../schema/table-def.ts';

/** The key of a row of which other fields may have types that its table does not know; undefined where it cannot be read. */
export function keyIn(table: TableDef, row: Uint8Array): string | undefined {
  const { number } = table.columns[table.key]!;
  try {
    const keyAlone = fieldsOf(row, (field) => field === number);
    const { cells } = decodeRow(table, keyAlone, 0, keyAlone.length, decidedLimits);
    return keyOfCells(table, cells, decidedLimits);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return undefined;
  }
}

/** The bytes of a row without the fields that its table does not have. DATA_LOSS MALFORMED_BYTES where they are no message. */
export function knownFieldsOf(table: TableDef, row: Uint8Array): Uint8Array {
  return fieldsOf(row, (field) => table.columnByNumber.has(field));
}

function fieldsOf(row: Uint8Array, isKept: (field: number) => boolean): Uint8Array {
  const reader = new ByteReader(row, 'row');
  const out = new ByteWriter(row.length);
  while (!reader.done) {
    const start = reader.position;
    const tag = nextTag(reader);
    skipValue(reader, tag, reader.end);
    if (isKept(Math.floor(tag / 8))) out.bytes(row.subarray(start, reader.position));
  }
  return out.length === row.length ? row : out.finish();
}
