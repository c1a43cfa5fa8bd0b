import { ByteReader, type ByteWriter, varintBytes } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import { type Bitmap, keepRows } from './bitmap.ts';
import type { ByteTest } from './byte-test.ts';
import type { ChunkPart } from './chunks.ts';
import { defaultSettings } from './settings.ts';

/** Small arenas grow by half; of large ones so much would stand empty. */
const smallBytes = 1 << 20;
const growthSmall = 1.5;
const growthLarge = 1.25;
/** An arena with this share of waste is written anew where memory is short. */
const wasteShareShort = 1 / 8;

/**
 * The byte strings of one chunk: for each row an offset into an arena, where the string stands behind its length
 * as a varint. Offset 0 is the empty string. A string that is replaced or cleared leaves waste behind; when more
 * than half is waste, the arena is written anew.
 */
export class ArenaChunk implements ChunkPart {
  private offsets: Uint32Array;
  private arena: Uint8Array;
  private used = 1;
  private waste = 0;
  private readonly wasteMin: number;
  private readonly bytesMax: number;
  /** Where the string found last lies in the arena. */
  private start = 0;
  private end = 0;

  constructor(rows: number, wasteMin: number, bytesMax = defaultSettings.arenaBytesMax) {
    this.offsets = new Uint32Array(rows);
    this.arena = new Uint8Array(32);
    this.wasteMin = wasteMin;
    this.bytesMax = bytesMax;
  }

  get memoryBytes(): number {
    return this.offsets.byteLength + this.arena.byteLength;
  }

  /** Bytes of the strings that are there, without what was left behind. */
  get liveBytes(): number {
    return this.used - this.waste;
  }

  resize(rows: number): void {
    const grown = new Uint32Array(rows);
    grown.set(this.offsets);
    this.offsets = grown;
  }

  /** Calls `read` with the arena and the half-open range of the row's string. Nothing of it may be kept. */
  read<Result>(
    row: number,
    read: (bytes: Uint8Array, start: number, end: number) => Result,
  ): Result {
    this.locate(this.offsets[row]!);
    return read(this.arena, this.start, this.end);
  }

  isEmpty(row: number): boolean {
    return this.offsets[row] === 0;
  }

  /** True where the row's string is `bytes[0, length)`. */
  equals(row: number, bytes: Uint8Array, length: number): boolean {
    this.locate(this.offsets[row]!);
    const { arena, start } = this;
    if (this.end - start !== length) return false;
    for (let index = 0; index < length; index++) {
      if (arena[start + index] !== bytes[index]) return false;
    }
    return true;
  }

  /** The order of the row's string and one of another chunk, or of this one: unsigned, a prefix first. */
  compare(row: number, other: ArenaChunk, otherRow: number): number {
    this.locate(this.offsets[row]!);
    const { start, end } = this;
    other.locate(other.offsets[otherRow]!);
    const length = Math.min(end - start, other.end - other.start);
    for (let index = 0; index < length; index++) {
      const difference = this.arena[start + index]! - other.arena[other.start + index]!;
      if (difference !== 0) return difference;
    }
    return end - start - (other.end - other.start);
  }

  /**
   * Stores a copy of `source[start, end)`. RESOURCE_EXHAUSTED CHUNK_FULL where the strings of the chunk have more than 4 GiB
   * then; the row stays as it was.
   */
  set(row: number, source: Uint8Array, start = 0, end = source.length): void {
    const length = end - start;
    const needed = length === 0 ? 0 : varintBytes(length) + length;
    const old = this.offsets[row]!;
    const room = this.bytesAt(old);
    if (needed > 0 && needed <= room) {
      this.waste += room - needed;
      this.write(old, source, start, end);
      return;
    }
    if (this.liveBytes - room + needed > this.bytesMax) throw chunkFull();
    this.clear(row);
    if (needed === 0) return;
    this.reserve(needed);
    this.write(this.used, source, start, end);
    this.offsets[row] = this.used;
    this.used += needed;
  }

  clear(row: number): void {
    const offset = this.offsets[row]!;
    if (offset === 0) return;
    this.waste += this.bytesAt(offset);
    this.offsets[row] = 0;
    if (this.waste > this.wasteMin && this.waste * 2 > this.used) this.rewrite(this.liveBytes);
  }

  /** Memory is short: gives back what strings have left behind, where that is worth the copying. */
  shrink(): void {
    if (this.waste > this.wasteMin && this.waste > this.used * wasteShareShort) {
      this.rewrite(this.liveBytes);
    }
  }

  /** Gives back the room that is not in use: no more rows are expected. */
  trim(): void {
    if (this.arena.length > this.used) this.arena = this.arena.slice(0, this.used);
  }

  keep(test: ByteTest, selection: Bitmap): void {
    keepRows(selection, (row) => {
      this.locate(this.offsets[row]!);
      return test(this.arena, this.start, this.end);
    });
  }

  /** Bytes of a row's string, its length included. */
  bytesOf(row: number): number {
    return this.bytesAt(this.offsets[row]!);
  }

  /** Appends the strings of some rows as they stand in an arena, with a length of 0 for those that are empty. */
  save(row: number, count: number, out: ByteWriter): void {
    const mark = out.beginLength(0xffff);
    let start = 0;
    let end = 0;
    for (let at = row; at < row + count; at++) {
      const offset = this.offsets[at]!;
      // Rows that were set in order lie one behind the other, and are copied in one go.
      if (offset !== end || offset === 0) {
        out.bytes(this.arena.subarray(start, end));
        if (offset === 0) out.u8(0);
        start = offset;
      }
      end = offset === 0 ? 0 : offset + this.bytesAt(offset);
    }
    out.bytes(this.arena.subarray(start, end));
    out.endLength(mark);
  }

  /** Takes up what `save` wrote in rows that were never set. */
  restore(row: number, count: number, reader: ByteReader): void {
    const saved = new ByteReader(reader.lengthBytes(), 'strings of a snapshot');
    this.reserve(saved.end);
    let start = 0;
    for (let at = row; at < row + count; at++) {
      const from = saved.position;
      const length = saved.varint();
      saved.bytes(length);
      if (length > 0) {
        this.offsets[at] = this.used + from - start;
        continue;
      }
      this.append(saved.source.subarray(start, from));
      start = saved.position;
    }
    this.append(saved.source.subarray(start, saved.position));
    if (!saved.done) throw saved.fail('bytes are left over');
  }

  private append(bytes: Uint8Array): void {
    this.arena.set(bytes, this.used);
    this.used += bytes.length;
  }

  private locate(offset: number): void {
    let at = offset;
    let length = this.arena[at]!;
    if (length > 0x7f) {
      length &= 0x7f;
      let scale = 128;
      let byte: number;
      do {
        byte = this.arena[++at]!;
        length += (byte & 0x7f) * scale;
        scale *= 128;
      } while (byte > 0x7f);
    }
    this.start = at + 1;
    this.end = at + 1 + length;
  }

  /** Bytes of a string with its length; 0 at offset 0. */
  private bytesAt(offset: number): number {
    if (offset === 0) return 0;
    this.locate(offset);
    return this.end - offset;
  }

  private write(offset: number, source: Uint8Array, start: number, end: number): void {
    let at = offset;
    let rest = end - start;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.arena[at++] = (rest & 0x7f) | 0x80;
    this.arena[at++] = rest;
    if (end - start === source.length) this.arena.set(source, at);
    else if (end - start > 32) this.arena.set(source.subarray(start, end), at);
    else for (let from = start; from < end; from++) this.arena[at++] = source[from]!;
  }

  private reserve(count: number): void {
    if (this.liveBytes + count > this.bytesMax) throw chunkFull();
    if (this.used + count > this.bytesMax) this.rewrite(this.liveBytes);
    const needed = this.used + count;
    if (needed <= this.arena.length) return;
    const growth = this.arena.length < smallBytes ? growthSmall : growthLarge;
    const capacity = Math.max(needed, Math.floor(this.arena.length * growth));
    const grown = new Uint8Array(Math.min(capacity, this.bytesMax));
    grown.set(this.arena.subarray(0, this.used));
    this.arena = grown;
  }

  /** Moves all strings to a new arena, in the order of rows. */
  private rewrite(capacity: number): void {
    const arena = new Uint8Array(capacity);
    let used = 1;
    for (let row = 0; row < this.offsets.length; row++) {
      const offset = this.offsets[row]!;
      if (offset === 0) continue;
      const bytes = this.bytesAt(offset);
      arena.set(this.arena.subarray(offset, offset + bytes), used);
      this.offsets[row] = used;
      used += bytes;
    }
    this.arena = arena;
    this.used = used;
    this.waste = 0;
  }
}

function chunkFull(): SyncError {
  const message = 'the strings or bytes of one column fill a whole chunk of rows';
  return new SyncError(Code.resourceExhausted, 'CHUNK_FULL', message);
}
