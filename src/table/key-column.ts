import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { defaultLimits } from '../base/limits.ts';
import { cellsEqual, compareCells } from '../schema/cell.ts';
import { encodeCell } from '../schema/cell-encoder.ts';
import type { ColumnCodec } from '../schema/column-codec.ts';
import { keyCell } from '../schema/key.ts';
import type { Cell, ColumnDef, TableDef } from '../schema/table-def.ts';
import type { ChunkTest, Column, GatheredCells, TestOperator } from './column.ts';
import type { KeyStore } from './key-store.ts';
import { TextGatherer } from './text-gatherer.ts';

/** The key's column. It stores nothing: its cells are worked out from the keys. */
export function createKeyColumn(def: TableDef, codec: ColumnCodec, keys: KeyStore): Column {
  return new KeyColumn(def, codec, keys);
}

/** What was stored is not measured again, whatever limits held then. */
const noLimits = { ...defaultLimits, keyBytesMax: Number.MAX_SAFE_INTEGER };

class KeyColumn implements Column {
  readonly memoryBytes = 0;
  private readonly table: TableDef;
  private readonly def: ColumnDef;
  private readonly codec: ColumnCodec;
  private readonly keys: KeyStore;

  constructor(table: TableDef, codec: ColumnCodec, keys: KeyStore) {
    this.table = table;
    this.def = table.columns[table.key]!;
    this.codec = codec;
    this.keys = keys;
  }

  get(slot: number): Cell {
    const key = this.keys.get(slot);
    return this.def.kind === 'string' ? key : keyCell(this.table, key, noLimits);
  }

  /** A row never changes its key, so the cell must be the one that is there. */
  set(slot: number, cell: Cell): void {
    assert(this.equals(slot, cell), `the key of ${this.table.name} does not change`);
  }

  clear(_slot: number): void {
    // Keys outlive their cells.
  }

  equals(slot: number, cell: Cell): boolean {
    return cellsEqual(this.def.kind, this.get(slot), cell);
  }

  compare(left: number, right: number): number {
    if (this.def.kind === 'string') return this.keys.compare(left, right);
    return compareCells(this.def.kind, this.get(left), this.get(right));
  }

  encode(slot: number, out: ByteWriter): void {
    if (this.def.kind === 'string') {
      out.varint(this.codec.tag);
      this.keys.read(slot, (bytes, start, end) => out.lengthBytes(bytes.subarray(start, end)));
    } else encodeCell(this.codec, this.get(slot) as Exclude<Cell, null>, out);
  }

  gather(slots: ArrayLike<number>): GatheredCells | undefined {
    if (this.def.kind !== 'string') return undefined;
    const values = new Array<string>(slots.length).fill('');
    const texts = new TextGatherer(values);
    for (let at = 0; at < slots.length; at++) {
      this.keys.read(slots[at]!, (bytes, start, end) => texts.add(at, bytes, start, end));
    }
    texts.finish();
    return { present: undefined, values: { kind: 'texts', values } };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    if (this.def.kind !== 'string' || operator === 'absent') return undefined;
    return this.keys.test(operator, cells as readonly string[]);
  }

  resize(): void {
    // The keys are resized by their owner.
  }

  savedBytes(_slot: number): number {
    return 0;
  }

  save(_first: number, _count: number, _out: ByteWriter): void {
    // The keys are saved by their owner.
  }

  restore(_first: number, _count: number, _reader: ByteReader): void {
    // And restored.
  }
}
