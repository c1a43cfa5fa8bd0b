/**
 * Many records in one buffer, so that a group crosses to another thread by one transfer and not by a clone of
 * each record. The layout, little endian: u32 count, count times u32 length, then the bytes of all records.
 * Only the two ends of one thread boundary ever see it.
 */
const wordBytes = 4;

/** A buffer of its own with copies of all records. */
export function packRecords(records: readonly Uint8Array[]): ArrayBuffer {
  let bytes = wordBytes * (1 + records.length);
  for (const record of records) bytes += record.length;
  const packed = new Uint8Array(bytes);
  const view = new DataView(packed.buffer);
  view.setUint32(0, records.length, true);
  let offset = wordBytes * (1 + records.length);
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    view.setUint32(wordBytes * (1 + index), record.length, true);
    packed.set(record, offset);
    offset += record.length;
  }
  return packed.buffer;
}

/** Views of the records in `packed`, which they share. */
export function unpackRecords(packed: ArrayBuffer): Uint8Array[] {
  const view = new DataView(packed);
  const count = view.getUint32(0, true);
  const records: Uint8Array[] = [];
  let offset = wordBytes * (1 + count);
  for (let index = 0; index < count; index++) {
    const length = view.getUint32(wordBytes * (1 + index), true);
    records.push(new Uint8Array(packed, offset, length));
    offset += length;
  }
  return records;
}
