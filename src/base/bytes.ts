import { Code, SyncError } from './errors.ts';
import { decodeUtf8, encodeUtf8Into } from './utf8.ts';

/** DATA_LOSS for bytes that do not parse; `what` names the format. */
export function malformed(what: string, problem: string, cause?: unknown): SyncError {
  return new SyncError(Code.dataLoss, 'MALFORMED_BYTES', `${what}: ${problem}`, {
    metadata: { format: what },
    cause,
  });
}

/**
 * An append-only byte buffer that grows by doubling. Numbers are little endian, varints are those of Protocol
 * Buffers. `finish` hands out the bytes written so far; the writer may be used again after `reset`.
 */
export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private position = 0;

  constructor(initialBytes = 256) {
    this.buffer = new Uint8Array(initialBytes);
    this.view = new DataView(this.buffer.buffer);
  }

  get length(): number {
    return this.position;
  }

  /** Bytes that it has room for, and keeps. */
  get capacity(): number {
    return this.buffer.length;
  }

  reset(): void {
    this.position = 0;
  }

  /** Takes back what was written from `length` on. */
  truncate(length: number): void {
    this.position = length;
  }

  /** A copy of the bytes written so far. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.position);
  }

  /**
   * The bytes written from `start` on, without a copy. Later writes leave them as they are, until `reset` or
   * `endLength` of a part that begins before them.
   */
  viewFrom(start: number): Uint8Array {
    return this.buffer.subarray(start, this.position);
  }

  /** The bytes written so far without a copy: valid until the next write. */
  peek(): Uint8Array {
    return this.buffer.subarray(0, this.position);
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.position++] = value;
  }

  fixed32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.position, value, true);
    this.position += 4;
  }

  fixed64(value: bigint): void {
    this.reserve(8);
    this.view.setBigUint64(this.position, BigInt.asUintN(64, value), true);
    this.position += 8;
  }

  float(value: number): void {
    this.reserve(4);
    this.view.setFloat32(this.position, value, true);
    this.position += 4;
  }

  double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** An unsigned varint from a safe integer, 0 and up. */
  varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.buffer[this.position++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  /** A varint from a bigint, taken modulo 2^64 as Protocol Buffers do with negative numbers. */
  varint64(value: bigint): void {
    this.reserve(10);
    let low = Number(BigInt.asUintN(32, value));
    let high = Number(BigInt.asUintN(32, value >> 32n));
    while (high !== 0 || low > 0x7f) {
      this.buffer[this.position++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.buffer[this.position++] = low;
  }

  /** A zigzag varint from a safe integer of either sign. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.position);
    this.position += value.length;
  }

  /** A varint length, then the bytes. */
  lengthBytes(value: Uint8Array): void {
    this.varint(value.length);
    this.bytes(value);
  }

  /** UTF-8 without a length. Returns the number of bytes. */
  text(value: string): number {
    this.reserve(value.length * 3);
    const written = encodeUtf8Into(value, this.buffer, this.position);
    this.position += written;
    return written;
  }

  /** A varint length, then UTF-8. */
  lengthText(value: string): void {
    const mark = this.beginLength(value.length);
    this.text(value);
    this.endLength(mark);
  }

  /**
   * Opens a length-delimited part whose length is not known yet, with room for the varint of a length of about
   * `expectedBytes`. `endLength(mark)` closes it, moving the part where the room was wrong.
   */
  beginLength(expectedBytes = 0): number {
    const room = varintBytes(expectedBytes);
    this.reserve(room);
    this.position += room;
    return (this.position - room) * 8 + room;
  }

  endLength(mark: number): void {
    const room = mark % 8;
    const start = (mark - room) / 8 + room;
    const length = this.position - start;
    const needed = varintBytes(length);
    // Also room for the varint below, which must not make the buffer grow: only what is before it would move along.
    this.reserve(10);
    if (needed !== room) {
      this.buffer.copyWithin(start + needed - room, start, this.position);
    }
    const end = this.position + needed - room;
    this.position = start - room;
    this.varint(length);
    this.position = end;
  }

  private reserve(count: number): void {
    const needed = this.position + count;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.position));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** Bytes that `varint(value)` writes. */
export function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) count++;
  return count;
}

/**
 * Reads what ByteWriter wrote. Treats every byte as hostile: whatever does not fit raises DATA_LOSS
 * MALFORMED_BYTES that names the format, and nothing is allocated on the word of a length.
 */
export class ByteReader {
  readonly source: Uint8Array;
  position: number;
  readonly end: number;
  private readonly format: string;
  private readonly view: DataView;

  constructor(source: Uint8Array, format: string, start = 0, end = source.length) {
    this.source = source;
    this.position = start;
    this.end = end;
    this.format = format;
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  fail(problem: string): SyncError {
    return malformed(this.format, `${problem} at byte ${this.position}`);
  }

  u8(): number {
    if (this.position >= this.end) throw this.fail('the bytes end too early');
    return this.source[this.position++]!;
  }

  fixed32(): number {
    const start = this.take(4);
    return this.view.getUint32(start, true);
  }

  fixed64(): bigint {
    const start = this.take(8);
    return this.view.getBigUint64(start, true);
  }

  float(): number {
    const start = this.take(4);
    return this.view.getFloat32(start, true);
  }

  double(): number {
    const start = this.take(8);
    return this.view.getFloat64(start, true);
  }

  /** An unsigned varint that must be a safe integer. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 128;
    }
    throw this.fail('a number is too large');
  }

  /** A varint of up to 64 bits, unsigned. Bits above 64 are dropped, as Protocol Buffers do. */
  varint64(): bigint {
    let low = 0;
    let high = 0;
    for (let count = 0; count < 10; count++) {
      const byte = this.u8();
      const bits = byte & 0x7f;
      if (count < 4) low |= bits << (7 * count);
      else if (count === 4) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (7 * count - 32);
      if (byte < 0x80)
        return high === 0 ? BigInt(low >>> 0) : (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    }
    throw this.fail('a number has more than ten bytes');
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view of the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.take(length);
    return this.source.subarray(start, start + length);
  }

  /** The count of a list, each of whose items takes a byte or more. */
  count(): number {
    const count = this.varint();
    if (count > this.end - this.position) throw this.fail('a list is longer than the bytes');
    return count;
  }

  lengthBytes(): Uint8Array {
    return this.bytes(this.varint());
  }

  lengthText(): string {
    return this.text(this.varint());
  }

  /** A string of so many bytes of UTF-8. */
  text(length: number): string {
    const start = this.take(length);
    try {
      return decodeUtf8(this.source, start, start + length);
    } catch {
      throw this.fail('a string is not UTF-8');
    }
  }

  private take(count: number): number {
    if (count > this.end - this.position) throw this.fail('the bytes end too early');
    const start = this.position;
    this.position += count;
    return start;
  }
}

export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

/** Unsigned, byte by byte; a prefix comes first. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** The parts one after the other, in bytes of their own. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
