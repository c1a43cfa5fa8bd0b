import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { nextTag, skipValue } from '../base/field-scan.ts';
import type { TableDef } from '../schema/table-def.ts';

/** The bytes of a row without the fields that its table does not have. DATA_LOSS MALFORMED_BYTES where they are no message. */
export function knownFieldsOf(table: TableDef, row: Uint8Array): Uint8Array {
  const reader = new ByteReader(row, 'row');
  const out = new ByteWriter(row.length);
  while (!reader.done) {
    const start = reader.position;
    const tag = nextTag(reader);
    skipValue(reader, tag, reader.end);
    if (table.columnByNumber.has(Math.floor(tag / 8)))
      out.bytes(row.subarray(start, reader.position));
  }
  return out.length === row.length ? row : out.finish();
}
