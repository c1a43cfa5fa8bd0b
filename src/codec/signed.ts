import type { ByteReader, ByteWriter } from '../base/bytes.ts';

/** Writes a safe integer of either sign as a `sint64` of Protocol Buffers: a varint of its zigzag form. */
export function writeSigned(out: ByteWriter, value: number): void {
  const wide = BigInt(value);
  out.varint64((wide << 1n) ^ (wide >> 63n));
}

/** Reads what `writeSigned` wrote. DATA_LOSS where it is no safe integer. */
export function readSigned(reader: ByteReader): number {
  const zigzag = reader.varint64();
  const value = Number((zigzag >> 1n) ^ -(zigzag & 1n));
  if (!Number.isSafeInteger(value)) throw reader.fail('a number is out of range');
  return value;
}
