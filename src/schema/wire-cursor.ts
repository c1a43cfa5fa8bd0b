import { invalidField, type SyncError } from '../base/errors.ts';
import { decodeUtf8 } from '../base/utf8.ts';

/** Wire types of the protobuf encoding: the lower three bits of a tag. */
export const WireType = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

/** Shorter strings are as fast made as looked at. */
const storedTextMin = 24;

/** Highest field number that the protobuf encoding allows. */
const fieldNumberMax = 0x1fffffff;

const scratch = new DataView(new ArrayBuffer(8));

/**
 * Reads the protobuf encoding of untrusted rows. Integers are left in two 32-bit halves, `low` and `high`, so
 * that the common small ones cost no bigint.
 *
 * Every error is INVALID_ARGUMENT and names the field that `field` holds. Reasons: MALFORMED_ROW for bytes that
 * end too early or are no protobuf at all, WRONG_WIRE_TYPE, INVALID_UTF8, VALUE_OUT_OF_RANGE.
 */
export class WireCursor {
  source: Uint8Array;
  position: number;
  end: number;
  /** Name of the field being read, for errors. */
  field = 'row';
  /** Lower 32 bits of the last varint or fixed64, as int32. */
  low = 0;
  /** Upper 32 bits of the last varint or fixed64, as int32. */
  high = 0;

  constructor(source: Uint8Array, start = 0, end = source.length) {
    this.source = source;
    this.position = start;
    this.end = end;
  }

  fail(reason: string, description: string): SyncError {
    return invalidField(this.field, reason, description);
  }

  /** The next tag: `field number * 8 + wire type`. */
  tag(): number {
    const first = this.source[this.position]!;
    if (this.position < this.end && first < 0x80 && first > 7) {
      this.position++;
      return first;
    }
    this.varint();
    const number = this.low >>> 3;
    if (this.high !== 0 || number === 0 || number > fieldNumberMax) {
      throw this.fail('MALFORMED_ROW', 'a field number is out of range');
    }
    return this.low >>> 0;
  }

  /** Reads a varint of up to 64 bits into `low` and `high`. */
  varint(): void {
    const first = this.source[this.position]!;
    if (this.position < this.end && first < 0x80) {
      this.position++;
      this.low = first;
      this.high = 0;
    } else {
      this.longVarint();
    }
  }

  private longVarint(): void {
    const { source, end } = this;
    let position = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw this.truncated();
      const byte = source[position++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        // The tenth byte has room for the last bit of 64 and no more.
        if (shift === 63 && byte > 1) break;
        this.position = position;
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw this.fail('MALFORMED_ROW', 'a number has more than 64 bits');
  }

  /** A varint that fits int32; negative numbers stand sign-extended to 64 bits. */
  int32(): number {
    this.varint();
    if (this.high !== this.low >> 31) {
      throw this.fail('VALUE_OUT_OF_RANGE', 'does not fit 32 bits, signed');
    }
    return this.low;
  }

  uint32(): number {
    this.varint();
    if (this.high !== 0) throw this.fail('VALUE_OUT_OF_RANGE', 'does not fit 32 bits, unsigned');
    return this.low >>> 0;
  }

  sint32(): number {
    const zigzag = this.uint32();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  int64(): bigint {
    this.varint();
    return signed64(this.low, this.high);
  }

  uint64(): bigint {
    this.varint();
    return unsigned64(this.low, this.high);
  }

  sint64(): bigint {
    this.varint();
    const sign = -(this.low & 1);
    const low = (this.low >>> 1) | (this.high << 31);
    return signed64(low ^ sign, (this.high >>> 1) ^ sign);
  }

  bool(): boolean {
    this.varint();
    return this.low !== 0 || this.high !== 0;
  }

  /** Four bytes as int32. */
  sfixed32(): number {
    const { source, position } = this;
    this.skip(4);
    return read32(source, position);
  }

  fixed32(): number {
    return this.sfixed32() >>> 0;
  }

  sfixed64(): bigint {
    this.halves();
    return signed64(this.low, this.high);
  }

  fixed64(): bigint {
    this.halves();
    return unsigned64(this.low, this.high);
  }

  /** Any NaN comes out as the one NaN. */
  float(): number {
    scratch.setInt32(0, this.sfixed32());
    const value = scratch.getFloat32(0);
    return Number.isNaN(value) ? Number.NaN : value;
  }

  /** Any NaN comes out as the one NaN. */
  double(): number {
    this.halves();
    scratch.setInt32(0, this.high);
    scratch.setInt32(4, this.low);
    const value = scratch.getFloat64(0);
    return Number.isNaN(value) ? Number.NaN : value;
  }

  /** The length of a length-delimited value, all of which is there. */
  length(): number {
    this.varint();
    if (this.high !== 0 || this.low >>> 0 > this.end - this.position) throw this.truncated();
    return this.low;
  }

  /** A length-delimited string. */
  text(): string {
    const length = this.length();
    const start = this.position;
    this.position = start + length;
    return this.decodeText(start, start + length);
  }

  /**
   * A length-delimited string; one of more than `storedTextMin` bytes as these bytes, a view that is known to be
   * UTF-8: to store them again costs less than to make a string of them.
   */
  storedText(): string | Uint8Array {
    const length = this.length();
    const start = this.position;
    const end = start + length;
    this.position = end;
    if (length <= storedTextMin) return this.decodeText(start, end);
    this.checkText(start, end);
    return this.source.subarray(start, end);
  }

  /** A copy of a length-delimited value. */
  bytes(): Uint8Array {
    const length = this.length();
    const start = this.position;
    this.position = start + length;
    return this.source.slice(start, start + length);
  }

  /** Steps over a length-delimited string, checking that it is UTF-8. */
  skipText(): void {
    const length = this.length();
    const start = this.position;
    this.position = start + length;
    this.checkText(start, this.position);
  }

  skip(count: number): void {
    if (count > this.end - this.position) throw this.truncated();
    this.position += count;
  }

  /** Steps over a value of which nothing is known but its wire type. */
  skipValue(wireType: number): void {
    switch (wireType) {
      case WireType.varint:
        this.varint();
        return;
      case WireType.fixed64:
        this.skip(8);
        return;
      case WireType.length:
        this.skip(this.length());
        return;
      case WireType.fixed32:
        this.skip(4);
        return;
      default:
        throw this.fail('WRONG_WIRE_TYPE', `has wire type ${wireType}: groups are not supported`);
    }
  }

  truncated(): SyncError {
    return this.fail('MALFORMED_ROW', 'the bytes end too early');
  }

  private checkText(start: number, end: number): void {
    const { source } = this;
    let bits = 0;
    for (let at = start; at < end; at++) bits |= source[at]!;
    if (bits > 0x7f) this.decodeText(start, end);
  }

  private decodeText(start: number, end: number): string {
    try {
      return decodeUtf8(this.source, start, end);
    } catch {
      throw this.fail('INVALID_UTF8', 'is not valid UTF-8');
    }
  }

  private halves(): void {
    const { source, position } = this;
    this.skip(8);
    this.low = read32(source, position);
    this.high = read32(source, position + 4);
  }
}

function read32(source: Uint8Array, at: number): number {
  return source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
}

/** Two to the power of 32. */
const word = 0x1_0000_0000;

/** The bigint of two int32 halves. One conversion where a double is exact, which is most of the time. */
export function signed64(low: number, high: number): bigint {
  return high >= -0x100000 && high <= 0xfffff
    ? BigInt(high * word + (low >>> 0))
    : (BigInt(high) << 32n) | BigInt(low >>> 0);
}

export function unsigned64(low: number, high: number): bigint {
  return high >= 0 ? signed64(low, high) : (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
