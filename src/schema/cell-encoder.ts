import type { ByteWriter } from '../base/bytes.ts';
import { type ColumnCodec, Form } from './column-codec.ts';
import type { Cell } from './table-def.ts';
import { nanosOf, secondsOf } from './time.ts';

/** The halves of the one NaN that is ever written, so that equal rows have equal bytes. */
const nanFloat = 0x7fc00000;
const nanDoubleHigh = 0x7ff80000;

/**
 * Appends one field of a row: tag and value. Nothing is written for the default of a column without presence.
 * The cell must be canonical and not null.
 */
export function encodeCell(codec: ColumnCodec, cell: Exclude<Cell, null>, out: ByteWriter): void {
  const { form, presence } = codec;
  switch (form) {
    case Form.bool:
      if (cell === false && !presence) return;
      out.varint(codec.tag);
      out.u8(cell === true ? 1 : 0);
      return;
    case Form.int32:
    case Form.uint32:
    case Form.sint32:
    case Form.sfixed32:
    case Form.fixed32:
    case Form.float:
    case Form.double:
      if (Object.is(cell, 0) && !presence) return;
      out.varint(codec.tag);
      encodeNumber(form, cell as number, out);
      return;
    case Form.int64:
    case Form.uint64:
    case Form.sint64:
    case Form.sfixed64:
    case Form.fixed64:
      if (cell === 0n && !presence) return;
      out.varint(codec.tag);
      encodeBigint(form, cell as bigint, out);
      return;
    case Form.text:
      if (cell === '' && !presence) return;
      out.varint(codec.tag);
      out.lengthText(cell as string);
      return;
    case Form.bytes:
      if ((cell as Uint8Array).length === 0 && !presence) return;
      out.varint(codec.tag);
      out.lengthBytes(cell as Uint8Array);
      return;
    case Form.timestamp:
    case Form.duration:
      out.varint(codec.tag);
      encodeTime(form === Form.duration, cell as bigint, out);
      return;
    case Form.records:
      out.bytes(cell as Uint8Array);
      return;
  }
}

/** Appends what stands behind the tag of a field, be it the default or not; of records, these with their tags. */
export function encodeValue(form: Form, value: Exclude<Cell, null>, out: ByteWriter): void {
  switch (form) {
    case Form.bool:
      out.u8(value === true ? 1 : 0);
      return;
    case Form.text:
      out.lengthText(value as string);
      return;
    case Form.bytes:
      out.lengthBytes(value as Uint8Array);
      return;
    case Form.timestamp:
    case Form.duration:
      encodeTime(form === Form.duration, value as bigint, out);
      return;
    case Form.records:
      out.bytes(value as Uint8Array);
      return;
    default:
      if (typeof value === 'bigint') encodeBigint(form, value, out);
      else encodeNumber(form, value as number, out);
      return;
  }
}

function encodeNumber(form: Form, value: number, out: ByteWriter): void {
  switch (form) {
    case Form.int32:
      encodeInt32(value, out);
      return;
    case Form.uint32:
      out.varint(value);
      return;
    case Form.sint32:
      out.varint(((value << 1) ^ (value >> 31)) >>> 0);
      return;
    case Form.float:
      if (Number.isNaN(value)) out.fixed32(nanFloat);
      else out.float(value);
      return;
    case Form.double:
      encodeDouble(value, out);
      return;
    default:
      out.fixed32(value);
      return;
  }
}

/** Negative numbers are extended to 64 bits, which takes ten bytes. */
function encodeInt32(value: number, out: ByteWriter): void {
  if (value >= 0) {
    out.varint(value);
    return;
  }
  out.u8((value & 0x7f) | 0x80);
  out.u8(((value >>> 7) & 0x7f) | 0x80);
  out.u8(((value >>> 14) & 0x7f) | 0x80);
  out.u8(((value >>> 21) & 0x7f) | 0x80);
  out.u8((value >>> 28) | 0xf0);
  for (let count = 0; count < 4; count++) out.u8(0xff);
  out.u8(0x01);
}

function encodeDouble(value: number, out: ByteWriter): void {
  if (Number.isNaN(value)) {
    out.fixed32(0);
    out.fixed32(nanDoubleHigh);
  } else {
    out.double(value);
  }
}

function encodeBigint(form: Form, value: bigint, out: ByteWriter): void {
  switch (form) {
    case Form.sint64:
      out.varint64((value << 1n) ^ (value >> 63n));
      return;
    case Form.sfixed64:
    case Form.fixed64:
      out.fixed64(value);
      return;
    default:
      out.varint64(value);
      return;
  }
}

/** A message of two fields: `seconds` (1) and `nanos` (2), each left out when it is 0. */
function encodeTime(duration: boolean, nanoseconds: bigint, out: ByteWriter): void {
  const seconds = secondsOf(duration, nanoseconds);
  const nanos = nanosOf(duration, nanoseconds);
  const mark = out.beginLength();
  if (seconds !== 0) {
    out.u8(0x08);
    if (seconds > 0) out.varint(seconds);
    else out.varint64(BigInt(seconds));
  }
  if (nanos !== 0) {
    out.u8(0x10);
    encodeInt32(nanos, out);
  }
  out.endLength(mark);
}
