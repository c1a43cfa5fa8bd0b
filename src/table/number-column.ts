import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { compareCells } from '../schema/cell.ts';
import { encodeCell } from '../schema/cell-encoder.ts';
import type { ColumnCodec } from '../schema/column-codec.ts';
import type { Cell, ColumnKind } from '../schema/table-def.ts';
import type { ChunkTest, Column, GatheredCells, TestOperator } from './column.ts';
import type { Layout } from './layout.ts';
import { isRangeOperator, numberRange } from './number-range.ts';
import { createNumberStore, type NumberStore } from './number-store.ts';

/** A column whose cells are numbers: int32, uint32, enum, float, double. */
export function createNumberColumn(kind: ColumnKind, codec: ColumnCodec, layout: Layout): Column {
  const style = styles[kind];
  const numbers = createNumberStore(layout, style ?? 'whole');
  return new NumberColumn(codec, numbers, style === undefined ? 'integers' : 'floats');
}

const styles: { readonly [kind in ColumnKind]?: 'float' | 'decimal' } = {
  float: 'float',
  double: 'decimal',
};

class NumberColumn implements Column {
  private readonly codec: ColumnCodec;
  private readonly numbers: NumberStore;
  private readonly gathered: 'integers' | 'floats';

  constructor(codec: ColumnCodec, numbers: NumberStore, gathered: 'integers' | 'floats') {
    this.codec = codec;
    this.numbers = numbers;
    this.gathered = gathered;
  }

  get memoryBytes(): number {
    return this.numbers.memoryBytes;
  }

  get(slot: number): Cell {
    return this.numbers.get(slot);
  }

  set(slot: number, cell: Cell): void {
    this.numbers.set(slot, cell as number);
  }

  clear(_slot: number): void {
    // A number holds nothing.
  }

  equals(slot: number, cell: Cell): boolean {
    return Object.is(this.numbers.get(slot), cell);
  }

  compare(left: number, right: number): number {
    return compareCells('double', this.numbers.get(left), this.numbers.get(right));
  }

  encode(slot: number, out: ByteWriter): void {
    encodeCell(this.codec, this.numbers.get(slot), out);
  }

  gather(slots: ArrayLike<number>): GatheredCells {
    const values = new Float64Array(slots.length);
    for (let at = 0; at < values.length; at++) values[at] = this.numbers.get(slots[at]!);
    return { present: undefined, values: { kind: this.gathered, values } };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    if (!isRangeOperator(operator)) return undefined;
    const range = numberRange(operator, cells[0] as number);
    return { keep: (chunk, selection) => this.numbers.keep(chunk, range, selection) };
  }

  resize(): void {
    this.numbers.resize();
  }

  savedBytes(_slot: number): number {
    return 0;
  }

  save(first: number, count: number, out: ByteWriter): void {
    this.numbers.save(first, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    this.numbers.restore(first, count, reader);
  }
}
