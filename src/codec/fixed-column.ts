import type { ByteReader, ByteWriter } from '../base/bytes.ts';

/**
 * A column of numbers that is read at the speed of memory, where `writeColumn` is for few bytes: a byte with the width of a
 * value (0, 1, 2, 4 or 8), the least value as a varint, and the differences from it as little endian integers. A column
 * whose values are all the same has width 0; width 8 are doubles and has no least value.
 */

/** Offsets are added to the least value, so it must leave room for them. */
const leastMax = Number.MAX_SAFE_INTEGER - 0xffffffff;

/** The values of one column on their way; typed arrays of one width each need no room of their own. */
let scratch = new ArrayBuffer(0);

function scratchOf(bytes: number): ArrayBuffer {
  if (scratch.byteLength < bytes) scratch = new ArrayBuffer(2 * bytes);
  return scratch;
}

/** Writes the first `count` of `values`, which are safe integers, 0 and up. */
export function writeFixed(out: ByteWriter, values: Float64Array, count: number): void {
  let least = count === 0 ? 0 : values[0]!;
  let most = least;
  for (let at = 1; at < count; at++) {
    const value = values[at]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  const width = least > leastMax ? 8 : widthOf(most - least);
  out.u8(width);
  if (width < 8) out.varint(least);
  const buffer = scratchOf(width * count);
  const target = arrayOf(width, buffer, count);
  const base = width === 8 ? 0 : least;
  for (let at = 0; at < target.length; at++) target[at] = values[at]! - base;
  out.bytes(new Uint8Array(buffer, 0, width * count));
}

/**
 * Reads `count` values into `values`, which has room for them. One that is not below `limit` is DATA_LOSS MALFORMED_BYTES;
 * `what` names the column.
 */
export function readFixed(
  reader: ByteReader,
  values: Float64Array,
  count: number,
  limit: number,
  what: string,
): void {
  const width = reader.u8();
  if (![0, 1, 2, 4, 8].includes(width)) throw reader.fail(`the column ${what} has no such width`);
  const least = width < 8 ? reader.varint() : 0;
  if (least > leastMax) throw reader.fail(`the column ${what} has a value out of range`);
  const bytes = reader.bytes(width * count);
  const buffer = scratchOf(bytes.length);
  new Uint8Array(buffer).set(bytes);
  if (width === 0) values.fill(least, 0, count);
  const source = arrayOf(width, buffer, count);
  let sound = width > 0 || count === 0 || least < limit;
  for (let at = 0; at < source.length; at++) {
    const value = source[at]! + least;
    values[at] = value;
    // Written so that NaN is not sound either.
    if (!(value < limit)) sound = false;
  }
  if (width === 8) sound &&= areWhole(values, count);
  if (!sound) throw reader.fail(`the column ${what} has a value out of range`);
}

function widthOf(span: number): number {
  if (span === 0) return 0;
  return span <= 0xff ? 1 : span <= 0xffff ? 2 : span <= 0xffffffff ? 4 : 8;
}

function arrayOf(width: number, buffer: ArrayBuffer, count: number) {
  if (width === 1) return new Uint8Array(buffer, 0, count);
  if (width === 2) return new Uint16Array(buffer, 0, count);
  if (width === 4) return new Uint32Array(buffer, 0, count);
  return new Float64Array(buffer, 0, width === 0 ? 0 : count);
}

function areWhole(values: Float64Array, count: number): boolean {
  for (let at = 0; at < count; at++) {
    if (!Number.isSafeInteger(values[at]) || values[at]! < 0) return false;
  }
  return true;
}
