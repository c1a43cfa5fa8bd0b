import fc from 'fast-check';
import { expect } from 'vitest';
import { ByteReader, ByteWriter, bytesEqual } from '../../../src/base/bytes.ts';
import { cellsEqual, compareCells } from '../../../src/schema/cell.ts';
import { encodeCell } from '../../../src/schema/cell-encoder.ts';
import { type ColumnCodec, columnCodecs } from '../../../src/schema/column-codec.ts';
import type { Cell, ColumnDef } from '../../../src/schema/table-def.ts';
import { type Bitmap, hasBit, setBit } from '../../../src/table/bitmap.ts';
import type { ChunkTest, Column } from '../../../src/table/column.ts';
import { createColumn } from '../../../src/table/create-column.ts';
import { type Comparison, cellMatches } from '../../../src/table/filter.ts';
import { createLayout, type Layout } from '../../../src/table/layout.ts';
import type { TableSettings } from '../../../src/table/settings.ts';
import { shapesColumn, testTable } from '../../support/schema-tables.ts';
import { smallSettings } from './table-values.ts';

/** A column of the table with every shape, in chunks of 64 rows, and what goes with it. */
export interface TestColumn {
  readonly def: ColumnDef;
  readonly codec: ColumnCodec;
  readonly layout: Layout;
  readonly column: Column;
  /** Sets a cell as a table does, which makes room for the slot first. */
  set(slot: number, cell: Cell): void;
}

const { codecs } = columnCodecs(testTable('Shapes').columns);

export function columnNamed(name: string, changed: Partial<TableSettings> = {}): TestColumn {
  const settings = { ...smallSettings, ...changed };
  const def = shapesColumn(name);
  const codec = codecs[def.index]!;
  const layout = createLayout(settings);
  const column = createColumn(def, codec, layout, settings);
  const set = (slot: number, cell: Cell) => {
    if (layout.makeRoom(slot)) column.resize();
    column.set(slot, cell);
  };
  return { def, codec, layout, column, set };
}

/** The rows of a chunk that pass a test, of all or of those named. */
export function passing(
  { layout }: Pick<TestColumn, 'layout'>,
  test: ChunkTest | undefined,
  chunk = 0,
  rows?: readonly number[],
): number[] {
  if (test === undefined) throw new Error('the column has no such test');
  const selection: Bitmap = new Uint32Array(layout.capacity(chunk) >>> 5);
  if (rows === undefined) selection.fill(0xffffffff);
  else for (const row of rows) setBit(selection, row);
  test.keep(chunk, selection);
  return Array.from({ length: layout.capacity(chunk) }, (_, row) => row).filter((row) =>
    hasBit(selection, row),
  );
}

const operators = ['eq', 'lt', 'le', 'gt', 'ge', 'in', 'starts-with', 'absent'] as const;

/**
 * What every column promises, over arbitrary cells set and cleared in any order: it gives each back, and compares,
 * encodes and tests as single cells are compared, encoded and tested; and so does a column that a snapshot was restored to.
 */
export function expectColumn(name: string, cells: fc.Arbitrary<Cell>): void {
  const writes = fc.array(fc.tuple(fc.nat({ max: 150 }), cells, fc.boolean()), {
    minLength: 1,
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(writes, fc.array(cells, { minLength: 1, maxLength: 12 }), (list, operands) => {
      const made = columnNamed(name);
      const held = new Map<number, Cell>();
      for (const [slot, cell, clear] of list) {
        if (clear && held.delete(slot)) made.column.clear(slot);
        else {
          made.set(slot, cell);
          held.set(slot, cell);
        }
      }
      expectCells(made, held);
      expectTests(
        made,
        held,
        operands.filter((cell) => cell !== null),
      );
      expectGathered(made, held);
      expect(made.column.memoryBytes).toBeGreaterThanOrEqual(0);
      expectCells(restored(name, made, held), held);
    }),
  );
}

const out = new ByteWriter(4096);
const plain = new ByteWriter(4096);

function expectCells({ def, codec, column }: TestColumn, held: ReadonlyMap<number, Cell>): void {
  const [first] = held;
  for (const [slot, cell] of held) {
    expect(cellsEqual(def.kind, column.get(slot), cell), `${column.get(slot)} is ${cell}`).toBe(
      true,
    );
    expect(column.equals(slot, cell)).toBe(true);
    expect(column.equals(first![0], cell)).toBe(cellsEqual(def.kind, first![1], cell));
    expect(Math.sign(column.compare(first![0], slot))).toBe(
      Math.sign(compareCells(def.kind, first![1], cell)),
    );
    out.reset();
    plain.reset();
    column.encode(slot, out);
    if (cell !== null) encodeCell(codec, cell, plain);
    expect(bytesEqual(out.peek(), plain.peek()), `encodes ${cell}`).toBe(true);
  }
}

/** Cells that are gathered are those of the slots, in the order in which these were named. */
function expectGathered({ def, column }: TestColumn, held: ReadonlyMap<number, Cell>): void {
  const gathered = column.gather([...held.keys()]);
  if (gathered === undefined) {
    // Up to a millisecond before 64 bits end.
    const isFar = (cell: Cell) =>
      typeof cell === 'bigint' && cell ** 2n > (2n ** 63n - 10n ** 6n) ** 2n;
    expect(def.kind === 'time' && [...held.values()].some(isFar)).toBe(true);
    return;
  }
  const { present, values } = gathered;
  if (!('values' in values)) throw new Error('no cells');
  const cells = [...held.values()];
  expect([...(present ?? cells.map(() => 1))]).toEqual(cells.map((cell) => Number(cell !== null)));
  const there = cells.filter((cell) => cell !== null);
  const asGathered = there.map((cell) => {
    if (def.kind === 'uint64') return BigInt.asIntN(64, cell as bigint);
    return def.kind === 'bool' ? Number(cell) : cell;
  });
  expect([...values.values]).toEqual(asGathered);
}

/** Rows of one piece of a chunk in a snapshot: no number by which chunks can be divided. */
const pieceRows = 27;

/** Another column that was given what the first one saved, piece by piece. */
function restored(name: string, made: TestColumn, held: ReadonlyMap<number, Cell>): TestColumn {
  const copy = columnNamed(name);
  const end = Math.max(-1, ...held.keys()) + 1;
  const { chunkRows } = made.layout;
  for (let first = 0; first < end; ) {
    const count = Math.min(pieceRows, end - first, chunkRows - (first % chunkRows));
    out.reset();
    made.column.save(first, count, out);
    if (copy.layout.makeRoom(first + count - 1)) copy.column.resize();
    const reader = new ByteReader(out.finish(), 'column');
    copy.column.restore(first, count, reader);
    expect(reader.done).toBe(true);
    first += count;
  }
  return copy;
}

function expectTests(
  made: TestColumn,
  held: ReadonlyMap<number, Cell>,
  operands: readonly Cell[],
): void {
  const { def, layout, column } = made;
  for (const op of operators) {
    if (operands.length === 0 && op !== 'absent') continue;
    if (op === 'starts-with' && def.kind !== 'string') continue;
    const cells = op === 'in' ? operands : op === 'absent' ? [] : operands.slice(0, 1);
    const test = column.test(op, cells);
    if (test === undefined) continue;
    const comparison: Comparison = { column: def.index, op, cells };
    for (let chunk = 0; chunk < 3; chunk++) {
      const first = chunk * layout.chunkRows;
      const rows = [...held.keys()]
        .filter((slot) => slot >= first && slot < first + layout.chunkRows)
        .map((slot) => slot - first);
      const expected = rows.filter((row) => cellMatches(def, comparison, held.get(first + row)!));
      expect(passing(made, test, chunk, rows), op).toEqual(expected.sort((a, b) => a - b));
    }
  }
}
