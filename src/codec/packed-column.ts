import type { ByteReader, ByteWriter } from '../base/bytes.ts';

/** A run shorter than this is cheaper among the literals around it. */
const runMin = 4;

/** Writes a column of `packedFormat`: the first `count` of `values`, which are safe integers, 0 and up. */
export function writeColumn(
  out: ByteWriter,
  values: Float64Array,
  count: number,
  isShort = false,
): void {
  if (isShort && count === 1) {
    out.varint(values[0]!);
    return;
  }
  let literals = 0;
  for (let start = 0; start < count; ) {
    const value = values[start]!;
    let end = start + 1;
    while (end < count && values[end] === value) end++;
    if (end - start >= runMin) {
      writeLiterals(out, values, literals, start);
      out.varint(2 * (end - start) + 1);
      out.varint(value);
      literals = end;
    }
    start = end;
  }
  writeLiterals(out, values, literals, count);
}

function writeLiterals(out: ByteWriter, values: Float64Array, start: number, end: number): void {
  if (start === end) return;
  out.varint(2 * (end - start));
  for (let index = start; index < end; index++) out.varint(values[index]!);
}

/**
 * Reads a column of `count` values. A value that is not below `limit`, or spans that do not have just `count`
 * values, are DATA_LOSS MALFORMED_BYTES; `what` names the column.
 */
export function readColumn(
  reader: ByteReader,
  count: number,
  limit: number,
  what: string,
  isShort = false,
): Float64Array {
  const values = new Float64Array(count);
  if (isShort && count === 1) {
    values[0] = checked(reader, limit, what);
    return values;
  }
  let at = 0;
  while (at < count) {
    const head = reader.varint();
    const end = at + Math.floor(head / 2);
    if (end === at || end > count) throw reader.fail(`the column ${what} has a bad span`);
    if (head % 2 === 1) {
      values.fill(checked(reader, limit, what), at, end);
      at = end;
    } else {
      while (at < end) values[at++] = checked(reader, limit, what);
    }
  }
  return values;
}

function checked(reader: ByteReader, limit: number, what: string): number {
  const value = reader.varint();
  if (value >= limit) throw reader.fail(`the column ${what} has a value out of range`);
  return value;
}
