import { type ByteReader, type ByteWriter, bytesEqual, compareBytes } from '../base/bytes.ts';
import { encodeCell } from '../schema/cell-encoder.ts';
import type { ColumnCodec } from '../schema/column-codec.ts';
import type { Cell } from '../schema/table-def.ts';
import { ArenaChunk } from './arena-chunk.ts';
import { byteTest } from './byte-test.ts';
import { type Chunks, createChunks } from './chunks.ts';
import type { ChunkTest, Column, GatheredCells, TestOperator } from './column.ts';
import type { Layout } from './layout.ts';
import type { TableSettings } from './settings.ts';

/**
 * A column of byte strings in arenas: bytes, or the records of nested fields (`wire`), for which no bytes means
 * null.
 */
export function createArenaColumn(
  codec: ColumnCodec,
  emptyIsNull: boolean,
  layout: Layout,
  settings: TableSettings,
): Column {
  return new ArenaColumn(codec, emptyIsNull, layout, settings);
}

const noBytes = new Uint8Array(0);

class ArenaColumn implements Column {
  private readonly codec: ColumnCodec;
  private readonly emptyIsNull: boolean;
  private readonly layout: Layout;
  private readonly chunks: Chunks<ArenaChunk>;

  constructor(codec: ColumnCodec, emptyIsNull: boolean, layout: Layout, settings: TableSettings) {
    this.codec = codec;
    this.emptyIsNull = emptyIsNull;
    this.layout = layout;
    this.chunks = createChunks(layout, (rows, chunk) => {
      this.chunks.peek(chunk - 1)?.trim();
      return new ArenaChunk(rows, settings.arenaWasteMin, settings.arenaBytesMax);
    });
  }

  get memoryBytes(): number {
    return this.chunks.memoryBytes;
  }

  get(slot: number): Cell {
    const bytes = this.read(slot, copyRange);
    return bytes.length === 0 && this.emptyIsNull ? null : bytes;
  }

  set(slot: number, cell: Cell): void {
    const bytes = cell === null ? noBytes : (cell as Uint8Array);
    const index = slot >>> this.layout.chunkBits;
    if (bytes.length === 0 && this.chunks.peek(index) === undefined) return;
    this.chunks.open(index).set(slot & this.layout.rowMask, bytes);
  }

  clear(slot: number): void {
    this.chunks.peek(slot >>> this.layout.chunkBits)?.clear(slot & this.layout.rowMask);
  }

  equals(slot: number, cell: Cell): boolean {
    if (cell === null) return this.emptyIsNull && this.read(slot, lengthOfRange) === 0;
    return this.read(slot, (bytes, start, end) =>
      bytesEqual(bytes.subarray(start, end), cell as Uint8Array),
    );
  }

  compare(left: number, right: number): number {
    return compareBytes(this.read(left, copyRange), this.read(right, copyRange));
  }

  encode(slot: number, out: ByteWriter): void {
    this.read(slot, (bytes, start, end) => {
      if (start === end && this.emptyIsNull) return;
      encodeCell(this.codec, bytes.subarray(start, end), out);
    });
  }

  gather(slots: ArrayLike<number>): GatheredCells {
    const { chunkBits, rowMask } = this.layout;
    const present = new Uint8Array(slots.length);
    const values: Uint8Array[] = [];
    const copy = copyInto(this.savedBytesOf(slots));
    for (let at = 0; at < slots.length; at++) {
      const chunk = this.chunks.peek(slots[at]! >>> chunkBits);
      const row = slots[at]! & rowMask;
      const isEmpty = chunk === undefined || chunk.isEmpty(row);
      if (isEmpty && this.emptyIsNull) continue;
      present[at] = 1;
      values.push(isEmpty ? noBytes : chunk.read(row, copy));
    }
    const isWhole = values.length === slots.length;
    return { present: isWhole ? undefined : present, values: { kind: 'bytes', values } };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    // Null is only absent, and bytes never are.
    if ((operator === 'absent') !== this.emptyIsNull) return undefined;
    const test =
      operator === 'absent'
        ? byteTest('eq', [noBytes])
        : byteTest(operator, cells as readonly Uint8Array[]);
    return {
      keep: (index, selection) => {
        const chunk = this.chunks.peek(index);
        if (chunk !== undefined) chunk.keep(test, selection);
        else if (!test(noBytes, 0, 0)) selection.fill(0);
      },
    };
  }

  resize(): void {
    this.chunks.resize();
  }

  arenaBytes(chunk: number): number {
    return this.chunks.peek(chunk)?.liveBytes ?? 0;
  }

  shrink(): void {
    for (const chunk of this.chunks) chunk.shrink();
  }

  savedBytes(slot: number): number {
    const { chunkBits, rowMask } = this.layout;
    return this.chunks.peek(slot >>> chunkBits)?.bytesOf(slot & rowMask) ?? 0;
  }

  save(first: number, count: number, out: ByteWriter): void {
    const chunk = this.chunks.peek(first >>> this.layout.chunkBits);
    out.u8(Number(chunk !== undefined));
    chunk?.save(first & this.layout.rowMask, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    if (reader.u8() === 0) return;
    const { chunkBits, rowMask } = this.layout;
    this.chunks.open(first >>> chunkBits).restore(first & rowMask, count, reader);
  }

  private savedBytesOf(slots: ArrayLike<number>): number {
    let bytes = 0;
    for (let at = 0; at < slots.length; at++) bytes += this.savedBytes(slots[at]!);
    return bytes;
  }

  private read<Result>(
    slot: number,
    read: (bytes: Uint8Array, start: number, end: number) => Result,
  ): Result {
    const chunk = this.chunks.peek(slot >>> this.layout.chunkBits);
    return chunk === undefined ? read(noBytes, 0, 0) : chunk.read(slot & this.layout.rowMask, read);
  }
}

/** Copies ranges into one buffer that has room for all of them: buffers of their own would cost more than the copying. */
function copyInto(bytesMax: number): typeof copyRange {
  const copies = new Uint8Array(bytesMax);
  let used = 0;
  return (bytes, start, end) => {
    const copied = copies.subarray(used, used + end - start);
    copied.set(bytes.subarray(start, end));
    used += end - start;
    return copied;
  };
}

function copyRange(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.slice(start, end);
}

function lengthOfRange(_bytes: Uint8Array, start: number, end: number): number {
  return end - start;
}
