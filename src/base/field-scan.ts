import type { ByteReader } from './bytes.ts';

// Protobuf messages are looked at here without being read: nothing is made of them. What a decoder might take for something
// else than a look does is refused, so that nobody hides from the look what the decoder then makes much of.

/** The wire type of what begins with its length. */
export const lengthType = 2;
const varintType = 0;
const fixed64Type = 1;
const fixed32Type = 5;

const varintBytesMax = 10;
const tagMax = 0xffffffff;

/** The tag of the next field. DATA_LOSS MALFORMED_BYTES for one that no message has, groups among them. */
export function nextTag(reader: ByteReader): number {
  const tag = reader.varint();
  if (tag < 8 || tag > tagMax) throw reader.fail('no tag');
  return tag;
}

/** Where the part of a message that begins with its length ends: not behind `end`. DATA_LOSS MALFORMED_BYTES. */
export function partEnd(reader: ByteReader, end: number): number {
  const length = reader.varint();
  if (length > end - reader.position) throw reader.fail('a part is longer than the whole');
  return reader.position + length;
}

/** Steps over the value of a field. DATA_LOSS MALFORMED_BYTES where it has none that is known, or is not over at `end`. */
export function skipValue(reader: ByteReader, tag: number, end: number): void {
  const type = tag % 8;
  if (type === lengthType) reader.position = partEnd(reader, end);
  else if (type === varintType) skipVarint(reader);
  else if (type === fixed64Type) reader.position += 8;
  else if (type === fixed32Type) reader.position += 4;
  else throw reader.fail('unknown wire type');
  if (reader.position > end) throw reader.fail('the bytes end too early');
}

/** Walks over the fields up to `end`. `take` says whether it took the value behind the tag; what it leaves is stepped over. */
export function walk(reader: ByteReader, end: number, take: (tag: number) => boolean): void {
  while (reader.position < end) {
    const tag = nextTag(reader);
    if (!take(tag)) skipValue(reader, tag, end);
  }
  if (reader.position > end) throw reader.fail('a part is too short');
}

function skipVarint(reader: ByteReader): void {
  for (let count = 0; count < varintBytesMax; count++) if (reader.u8() < 0x80) return;
  throw reader.fail('a number has more than ten bytes');
}

/** Steps over a run of varints up to `end`, where the last one has to be over. */
export function skipVarints(reader: ByteReader, end: number): void {
  if (end > reader.position && reader.source[end - 1]! >= 0x80)
    throw reader.fail('a number goes on');
  reader.position = end;
}
