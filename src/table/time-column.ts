import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { halvesOf, highHalf, lowHalf, twoTo32 } from '../codec/long-codec.ts';
import { encodeCell } from '../schema/cell-encoder.ts';
import type { ColumnCodec } from '../schema/column-codec.ts';
import type { Cell } from '../schema/table-def.ts';
import { type Bitmap, dropBits, joinBits, keepRows } from './bitmap.ts';
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

/** A column of nanoseconds, which take up to 70 bits: whole milliseconds, and apart the nanoseconds beyond. */
export function createTimeColumn(codec: ColumnCodec, layout: Layout): Column {
  return new TimeColumn(codec, layout);
}

const nanosOfMs = 1_000_000n;

/** Milliseconds of which 64 bits hold the nanoseconds, whatever comes behind them. */
const longMsMax = 9_223_372_036_853;
const two8 = 0x100;
const two24 = 0x100_0000;

class TimeColumn implements Column {
  private readonly codec: ColumnCodec;
  private readonly layout: Layout;
  /** Rounded down. */
  private readonly milliseconds: NumberStore;
  /** 0 to 999,999. Chunks whose times are whole milliseconds have none. */
  private readonly nanoseconds: NumberStore;

  constructor(codec: ColumnCodec, layout: Layout) {
    this.codec = codec;
    this.layout = layout;
    this.milliseconds = createNumberStore(layout, 'whole');
    this.nanoseconds = createNumberStore(layout, 'whole');
  }

  get memoryBytes(): number {
    return this.milliseconds.memoryBytes + this.nanoseconds.memoryBytes;
  }

  get(slot: number): bigint {
    return BigInt(this.milliseconds.get(slot)) * nanosOfMs + BigInt(this.nanoseconds.get(slot));
  }

  set(slot: number, cell: Cell): void {
    const ms = floorMs(cell as bigint);
    this.milliseconds.set(slot, Number(ms));
    this.nanoseconds.set(slot, Number((cell as bigint) - ms * nanosOfMs));
  }

  clear(_slot: number): void {
    // A number holds nothing.
  }

  equals(slot: number, cell: Cell): boolean {
    return this.get(slot) === cell;
  }

  compare(left: number, right: number): number {
    const difference = this.milliseconds.get(left) - this.milliseconds.get(right);
    return difference !== 0 ? difference : this.nanoseconds.get(left) - this.nanoseconds.get(right);
  }

  encode(slot: number, out: ByteWriter): void {
    encodeCell(this.codec, this.get(slot), out);
  }

  gather(slots: ArrayLike<number>): GatheredCells | undefined {
    const values = new BigInt64Array(slots.length);
    const halves = halvesOf(values);
    for (let at = 0; at < values.length; at++) {
      const ms = this.milliseconds.get(slots[at]!);
      if (ms < -longMsMax || ms > longMsMax) return undefined;
      // ms * 1,000,000 has more bits than a double: its upper part counts in 2^24, and all else stays below 2^45.
      const upper = Math.floor(ms / two24) * 1_000_000;
      const lower = (ms - Math.floor(ms / two24) * two24) * 1_000_000;
      const top = Math.floor(upper / two8);
      const rest = (upper - top * two8) * two24 + lower + this.nanoseconds.get(slots[at]!);
      halves[2 * at + lowHalf] = rest;
      halves[2 * at + highHalf] = top + Math.floor(rest / twoTo32);
    }
    return { present: undefined, values: { kind: 'longs', values } };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    if (!isRangeOperator(operator)) return undefined;
    const bound = cells[0] as bigint;
    // Milliseconds rounded down are at most those of the bound where the time is, and at least where it is.
    const range = numberRange(inclusive[operator], Number(floorMs(bound)));
    return { keep: (chunk, selection) => this.keep(chunk, operator, bound, range, selection) };
  }

  resize(): void {
    this.milliseconds.resize();
    this.nanoseconds.resize();
  }

  savedBytes(_slot: number): number {
    return 0;
  }

  save(first: number, count: number, out: ByteWriter): void {
    this.milliseconds.save(first, count, out);
    this.nanoseconds.save(first, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    this.milliseconds.restore(first, count, reader);
    this.nanoseconds.restore(first, count, reader);
  }

  private keep(
    chunk: number,
    operator: RangeOperator,
    bound: bigint,
    range: NumberRange,
    selection: Bitmap,
  ): void {
    this.milliseconds.keep(chunk, range, selection);
    // Only within the bound's own millisecond does the rest decide.
    const edge = selection.slice();
    this.milliseconds.keep(chunk, numberRange('eq', Number(floorMs(bound))), edge);
    dropBits(selection, edge);
    const first = chunk * this.layout.chunkRows;
    const rest = Number(bound - floorMs(bound) * nanosOfMs);
    keepRows(edge, (row) => orderHolds(operator, this.nanoseconds.get(first + row) - rest));
    joinBits(selection, edge);
  }
}

const inclusive = { eq: 'eq', lt: 'le', le: 'le', gt: 'ge', ge: 'ge' } as const;

function floorMs(nanoseconds: bigint): bigint {
  const ms = nanoseconds / nanosOfMs;
  return nanoseconds < 0n && ms * nanosOfMs !== nanoseconds ? ms - 1n : ms;
}
