import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { halvesOf, highHalf, lowHalf, twoTo32 } from '../codec/long-codec.ts';
import { compareCells } from '../schema/cell.ts';
import { encodeCell } from '../schema/cell-encoder.ts';
import { type ColumnCodec, Form } from '../schema/column-codec.ts';
import type { Cell } from '../schema/table-def.ts';
import { type Bitmap, keepRows } from './bitmap.ts';
import { type Chunks, createChunks } from './chunks.ts';
import type { ChunkTest, Column, GatheredCells, TestOperator } from './column.ts';
import { orderHolds } from './filter.ts';
import type { Layout } from './layout.ts';
import {
  isRangeOperator,
  type NumberRange,
  numberRange,
  type RangeOperator,
} from './number-range.ts';
import { createNumberStore, type NumberStore } from './number-store.ts';
import { WideChunk } from './wide-chunk.ts';

/**
 * A column of 64-bit integers. A chunk keeps them as numbers while all of them are safe integers, so that
 * times in milliseconds take four to eight bytes and are compared as numbers; the first larger one turns the
 * chunk into 64-bit words.
 */
export function createInt64Column(unsigned: boolean, codec: ColumnCodec, layout: Layout): Column {
  return new Int64Column(unsigned, codec, layout);
}

class Int64Column implements Column {
  private readonly codec: ColumnCodec;
  private readonly layout: Layout;
  private readonly numbers: NumberStore;
  /** Chunks with integers that are not safe; their numbers are dropped. */
  private readonly wide: Chunks<WideChunk>;

  constructor(unsigned: boolean, codec: ColumnCodec, layout: Layout) {
    this.codec = codec;
    this.layout = layout;
    this.numbers = createNumberStore(layout, 'whole');
    this.wide = createChunks(layout, (rows) => new WideChunk(rows, unsigned));
  }

  get memoryBytes(): number {
    return this.numbers.memoryBytes + this.wide.memoryBytes;
  }

  get(slot: number): bigint {
    const wide = this.wide.peek(slot >>> this.layout.chunkBits);
    return wide === undefined
      ? BigInt(this.numbers.get(slot))
      : wide.get(slot & this.layout.rowMask);
  }

  set(slot: number, cell: Cell): void {
    const number = Number(cell as bigint);
    let wide = this.wide.peek(slot >>> this.layout.chunkBits);
    if (wide === undefined) {
      if (Number.isSafeInteger(number)) {
        this.numbers.set(slot, number);
        return;
      }
      wide = this.widen(slot >>> this.layout.chunkBits);
    }
    wide.set(slot & this.layout.rowMask, cell as bigint);
  }

  clear(_slot: number): void {
    // A number holds nothing.
  }

  equals(slot: number, cell: Cell): boolean {
    return this.get(slot) === cell;
  }

  compare(left: number, right: number): number {
    return compareCells('int64', this.get(left), this.get(right));
  }

  encode(slot: number, out: ByteWriter): void {
    if (this.wide.peek(slot >>> this.layout.chunkBits) === undefined) {
      const number = this.numbers.get(slot);
      if (number >= 0 && (this.codec.form === Form.int64 || this.codec.form === Form.uint64)) {
        if (number === 0 && !this.codec.presence) return;
        out.varint(this.codec.tag);
        out.varint(number);
        return;
      }
    }
    encodeCell(this.codec, this.get(slot), out);
  }

  gather(slots: ArrayLike<number>): GatheredCells {
    const values = new BigInt64Array(slots.length);
    const halves = halvesOf(values);
    for (let at = 0; at < values.length; at++) {
      const slot = slots[at]!;
      const wide = this.wide.peek(slot >>> this.layout.chunkBits);
      if (wide !== undefined) values[at] = wide.get(slot & this.layout.rowMask);
      else {
        // The halves of a safe integer, without a bigint.
        const number = this.numbers.get(slot);
        halves[2 * at + lowHalf] = number;
        halves[2 * at + highHalf] = Math.floor(number / twoTo32);
      }
    }
    return { present: undefined, values: { kind: 'longs', values } };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    if (!isRangeOperator(operator)) return undefined;
    const bound = cells[0] as bigint;
    // A bound that is no safe integer is rounded, but stays outside all safe ones, on its side.
    const range = numberRange(operator, Number(bound));
    return { keep: (chunk, selection) => this.keep(chunk, operator, bound, range, selection) };
  }

  resize(): void {
    this.numbers.resize();
    this.wide.resize();
  }

  savedBytes(_slot: number): number {
    return 0;
  }

  save(first: number, count: number, out: ByteWriter): void {
    const wide = this.wide.peek(first >>> this.layout.chunkBits);
    out.u8(Number(wide !== undefined));
    if (wide === undefined) this.numbers.save(first, count, out);
    else wide.save(first & this.layout.rowMask, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    const chunk = first >>> this.layout.chunkBits;
    const row = first & this.layout.rowMask;
    const wide = this.wide.peek(chunk);
    if (reader.u8() === 1) (wide ?? this.widen(chunk)).restore(row, count, reader);
    else {
      this.numbers.restore(first, count, reader);
      if (wide === undefined) return;
      for (let at = 0; at < count; at++) wide.set(row + at, BigInt(this.numbers.get(first + at)));
      this.numbers.drop(chunk);
    }
  }

  private keep(
    chunk: number,
    operator: RangeOperator,
    bound: bigint,
    range: NumberRange,
    selection: Bitmap,
  ): void {
    const wide = this.wide.peek(chunk);
    if (wide === undefined) this.numbers.keep(chunk, range, selection);
    else {
      const order = (row: number) => compareCells('int64', wide.get(row), bound);
      keepRows(selection, (row) => orderHolds(operator, order(row)));
    }
  }

  private widen(chunk: number): WideChunk {
    const wide = this.wide.open(chunk);
    const first = chunk * this.layout.chunkRows;
    for (let row = 0; row < this.layout.capacity(chunk); row++) {
      wide.set(row, BigInt(this.numbers.get(first + row)));
    }
    this.numbers.drop(chunk);
    return wide;
  }
}
