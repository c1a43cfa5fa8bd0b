import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { encodeCell } from '../schema/cell-encoder.ts';
import type { ColumnCodec } from '../schema/column-codec.ts';
import type { Cell } from '../schema/table-def.ts';
import { type Bitmap, dropBits, keepBits } from './bitmap.ts';
import type { ChunkTest, Column, GatheredCells, TestOperator } from './column.ts';
import type { Layout } from './layout.ts';
import { createSlotBits, type SlotBits } from './slot-bits.ts';

/** A column of booleans, one bit each. */
export function createBoolColumn(codec: ColumnCodec, layout: Layout): Column {
  return new BoolColumn(codec, createSlotBits(layout));
}

class BoolColumn implements Column {
  private readonly codec: ColumnCodec;
  private readonly bits: SlotBits;

  constructor(codec: ColumnCodec, bits: SlotBits) {
    this.codec = codec;
    this.bits = bits;
  }

  get memoryBytes(): number {
    return this.bits.memoryBytes;
  }

  get(slot: number): boolean {
    return this.bits.has(slot);
  }

  set(slot: number, cell: Cell): void {
    if (cell === true) this.bits.add(slot);
    else this.bits.remove(slot);
  }

  clear(_slot: number): void {
    // A bit holds nothing.
  }

  equals(slot: number, cell: Cell): boolean {
    return this.bits.has(slot) === cell;
  }

  compare(left: number, right: number): number {
    return Number(this.bits.has(left)) - Number(this.bits.has(right));
  }

  encode(slot: number, out: ByteWriter): void {
    encodeCell(this.codec, this.bits.has(slot), out);
  }

  gather(slots: ArrayLike<number>): GatheredCells {
    const values = new Float64Array(slots.length);
    for (let at = 0; at < values.length; at++) values[at] = Number(this.bits.has(slots[at]!));
    return { present: undefined, values: { kind: 'integers', values } };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    if (operator !== 'eq') return undefined;
    const wanted = cells[0] === true;
    return { keep: (chunk, selection) => this.keep(chunk, wanted, selection) };
  }

  resize(): void {
    this.bits.resize();
  }

  savedBytes(_slot: number): number {
    return 0;
  }

  save(first: number, count: number, out: ByteWriter): void {
    this.bits.save(first, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    this.bits.restore(first, count, reader);
  }

  private keep(chunk: number, wanted: boolean, selection: Bitmap): void {
    const bits = this.bits.bitmap(chunk);
    if (bits === undefined) {
      if (wanted) selection.fill(0);
    } else if (wanted) keepBits(selection, bits);
    else dropBits(selection, bits);
  }
}
