import { joinedBytes } from '../base/bytes.ts';
import type { ByteCodec } from './byte-codec.ts';
import { groupedWidthMax, judgeGroups, readGroups, writeGroups } from './byte-groups.ts';

/** Byte strings of one width, from 1 to 64 bytes: the width as a varint, then all of them in groups (`byte-groups.ts`). */
export const byteFixed: ByteCodec = {
  id: 1,
  name: 'fixed',

  judge({ values, sample }) {
    const width = widthOf(sample);
    if (width === undefined) return undefined;
    const records = { bytes: joinedBytes(sample), count: sample.length, width };
    return judgeGroups(records, values.length);
  },

  write(out, { values }, plan) {
    const width = widthOf(values);
    if (width === undefined) return false;
    out.head.varint(width);
    const records = { bytes: joinedBytes(values), count: values.length, width };
    writeGroups(out, records, plan.parameters[0] ?? 0, plan.part(0));
    return true;
  },

  read(reader, count) {
    const width = reader.head.varint();
    if (width === 0 || width > groupedWidthMax)
      throw reader.fail('byte strings have no such width');
    const bytes = readGroups(reader, count, width);
    return Array.from({ length: count }, (_, at) => bytes.subarray(at * width, (at + 1) * width));
  },
};

/** Undefined where they are not all as wide, or too wide. */
function widthOf(values: readonly Uint8Array[]): number | undefined {
  const width = values[0]!.length;
  if (width === 0 || width > groupedWidthMax) return undefined;
  return values.every(({ length }) => length === width) ? width : undefined;
}
