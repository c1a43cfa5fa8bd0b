import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema, ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { type Mask, maskIndexes, maskOf } from '../../../src/base/mask.ts';
import { compileRowCodec } from '../../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../../src/schema/table-def.ts';
import { batchOfRowBytes, batchOfRows } from '../../../src/table/batch/batch-of-rows.ts';
import { rowsOfBatch } from '../../../src/table/batch/batch-rows.ts';
import { keyedBy, tableOf, testTable } from '../../support/schema-tables.ts';
import { rows as rowsOf } from '../../support/schema-values.ts';
import { cellsBack, cellsOf, columnsFor, options, rowsWith } from './support/batch-scene.ts';
import { throughBlock } from './support/through-block.ts';

const shapes = testTable('Shapes');
const second = 1_000_000_000n;

function bytesOf(def: TableDef, cells: readonly Cell[], mask?: Mask): Uint8Array {
  const out = new ByteWriter();
  compileRowCodec(def).encode(cells, mask, out);
  return out.finish();
}

describe('[P16] rows come out of a batch as they went in', () => {
  test('[P16] cells of every type, through a block', () => {
    const tables = [
      [shapes, ShapesSchema],
      [testTable('Record'), RecordSchema],
    ] as const;
    for (const [def, desc] of tables) {
      fc.assert(
        fc.property(fc.array(rowsOf(def, desc), { maxLength: 12 }), (rows) => {
          expect(cellsOf(def, throughBlock(batchOfRows(def, rows)))).toEqual(rows);
        }),
        { numRuns: 150 },
      );
    }
  });

  test('[P16] the same rows many times, at every level', () => {
    const level = fc.constantFrom('fast', 'balanced', 'small');
    const few = fc.array(rowsOf(shapes, ShapesSchema), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(few, level, fc.integer({ min: 20, max: 300 }), (some, each, count) => {
        const rows = Array.from({ length: count }, (_, row) => some[row % some.length]!);
        expect(cellsOf(shapes, throughBlock(batchOfRows(shapes, rows), each))).toEqual(rows);
      }),
      { numRuns: 15 },
    );
  });

  test('[P16] the bytes of rows', () => {
    fc.assert(
      fc.property(fc.array(rowsOf(shapes, ShapesSchema), { maxLength: 8 }), (rows) => {
        const given = rows.map((cells) => bytesOf(shapes, cells));
        const batch = throughBlock(batchOfRowBytes(shapes, given, undefined, defaultLimits));
        const back = rowsOfBatch(shapes, batch, options);
        const out = new ByteWriter();
        const bytes = given.map((_, row) => {
          out.reset();
          back.encode(row, out);
          return out.finish();
        });
        expect(bytes).toEqual(given);
        const [first] = bytes;
        if (first !== undefined) {
          expect(toBinary(ShapesSchema, fromBinary(ShapesSchema, first))).toEqual(first);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('[P16] patches among whole rows', () => {
    const patches = fc.array(
      fc.tuple(
        rowsOf(shapes, ShapesSchema),
        fc.option(fc.uniqueArray(fc.nat({ max: shapes.columns.length - 1 })), { nil: undefined }),
      ),
      { maxLength: 10 },
    );
    const codec = compileRowCodec(shapes);
    fc.assert(
      fc.property(patches, (list) => {
        const rows = list.map(([cells]) => cells);
        const masks = list.map(([, indexes]) => indexes && maskOf(shapes.columns.length, indexes));
        const batch = throughBlock(batchOfRows(shapes, rows, masks));
        const back = rowsOfBatch(shapes, batch, { ...options, masks });
        list.forEach(([cells], row) => {
          const expected = codec.defaultCells();
          const mask = masks[row] ?? shapes.allColumns;
          for (const index of maskIndexes(mask)) expected[index] = cells[index]!;
          expect(back.cells(row)).toEqual(expected);
          const out = new ByteWriter();
          back.encode(row, out);
          expect(out.finish()).toEqual(bytesOf(shapes, cells, masks[row]));
        });
      }),
      { numRuns: 150 },
    );
  });

  test('[P16] patches given as the bytes of the fields that they set', () => {
    const indexes = ['int32_maybe', 'string_maybe', 'int32_value', 'place'].map(
      (name) => shapes.columnByName.get(name)!.index,
    );
    const [cells] = rowsWith(shapes, 'int32_maybe', [7]);
    const masks = [maskOf(shapes.columns.length, indexes), undefined];
    const given = [bytesOf(shapes, cells!, masks[0]), bytesOf(shapes, cells!)];
    const batch = throughBlock(batchOfRowBytes(shapes, given, masks, defaultLimits));
    const back = rowsOfBatch(shapes, batch, { ...options, masks });
    expect([back.cells(0), back.cells(1)]).toEqual([cells, cells]);
  });

  test.each<[string, Cell[]]>([
    ['double_value', [Number.NaN, -0, 0, Infinity, -Infinity, 5e-324, Number.MAX_VALUE]],
    ['float_maybe', [Number.NaN, -0, null, Infinity, -Infinity, Math.fround(0.1)]],
    ['int64_value', [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n]],
    ['uint64_maybe', [2n ** 64n - 1n, 2n ** 63n, 0n, null]],
    ['uint32_value', [0xffff_ffff, 0]],
    ['int32_value', [-0x8000_0000, 0x7fff_ffff, 0]],
    ['string_maybe', ['', null, 'x'.repeat(1_000_000), '\u{1f600}\ufeff\0']],
    ['bytes_maybe', [new Uint8Array(0), null, new Uint8Array(100_000)]],
    ['at', [-62_135_596_800n * second, 253_402_300_800n * second - 1n, null, 0n]],
    ['lasts', [315_576_000_001n * second - 1n, -1n, null]],
  ])('[P16] the extremes of %s', (name, cells) => {
    expect(cellsBack(shapes, name, cells)).toEqual(cells);
  });

  test('[P16] no rows, and one row of a table of one column', () => {
    expect(cellsOf(shapes, throughBlock(batchOfRows(shapes, [])))).toEqual([]);
    const narrow = keyedBy('string');
    expect(cellsOf(narrow, throughBlock(batchOfRows(narrow, [['a']])))).toEqual([['a']]);
  });

  test('[P16] rows of patches that say nothing', () => {
    const rows = rowsWith(shapes, 'id', ['a', 'b']);
    const nothing = maskOf(shapes.columns.length, []);
    const batch = batchOfRows(shapes, rows, [nothing, nothing]);
    expect(batch).toEqual({ rowCount: 2, columns: [] });
    const masks = [nothing, nothing];
    const back = rowsOfBatch(shapes, throughBlock(batch), { ...options, masks });
    expect(back.cells(1)).toEqual(compileRowCodec(shapes).defaultCells());
  });
});

describe('what a batch has of a column', () => {
  test('is a column of its kind', () => {
    const kindsOf = (name: string, cell: Cell) => columnsFor(shapes, name, [cell]);
    expect(kindsOf('bool_value', true)).toEqual(['3 integers']);
    expect(kindsOf('color', 1)).toEqual(['18 integers']);
    expect(kindsOf('sfixed64_value', 1n)).toEqual(['11 longs']);
    expect(kindsOf('float_value', 1)).toEqual(['14 floats']);
    expect(kindsOf('string_value', 'x')).toEqual(['16 texts']);
    expect(kindsOf('bytes_value', new Uint8Array(1))).toEqual(['17 bytes']);
    expect(kindsOf('lasts', 1n)).toEqual(['41 longs']);
  });

  test('is nothing where no row has more than the default', () => {
    const { columns } = batchOfRows(shapes, rowsWith(shapes, 'id', ['a', 'b']));
    expect(columns.map(({ number }) => number)).toEqual([1]);
    expect(columnsFor(shapes, 'bytes_value', [new Uint8Array(0)])).toEqual([]);
    expect(columnsFor(shapes, 'double_value', [-0])).toEqual(['15 floats']);
    expect(columnsFor(shapes, 'int32_maybe', [0])).toEqual(['21 integers']);
  });

  test('is the records of times that 64 bits do not hold', () => {
    expect(columnsFor(shapes, 'lasts', [1n, null])).toEqual(['41 longs']);
    expect(columnsFor(shapes, 'at', [2n ** 63n, 1n])).toEqual(['40 longs', '40/1 bytes']);
  });

  test('is of patches what they set, and nothing of the others', () => {
    const [own, other] = ['int32_maybe', 'int32_value'].map((name) =>
      maskOf(shapes.columns.length, [shapes.columnByName.get(name)!.index]),
    );
    const rows = rowsWith(shapes, 'int32_maybe', [0, null, 5]);
    expect(batchOfRows(shapes, rows, [own, own, other])).toEqual({
      rowCount: 3,
      columns: [
        {
          ...{ number: 21, present: Uint8Array.of(1, 0, 0) },
          values: { kind: 'integers', values: Float64Array.of(0) },
        },
      ],
    });
  });

  test('has a row of a oneof in one member', () => {
    const def = tableOf({
      1: 'id: string',
      2: { name: 'a', type: 'string', oneof: 'c' },
      3: { name: 'b', type: 'int32', oneof: 'c' },
    });
    const rows = [
      ['x', 'text', null],
      ['y', null, 0],
      ['z', null, null],
    ];
    expect(cellsOf(def, throughBlock(batchOfRows(def, rows)))).toEqual(rows);
  });
});
