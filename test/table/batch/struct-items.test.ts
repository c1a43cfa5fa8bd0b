import type { JsonObject } from '@bufbuild/protobuf';
import { fromJson } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import type { ColumnValues } from '../../../src/codec/batch.ts';
import { createMessageCodec } from '../../../src/schema/message-codec.ts';
import type { Cell } from '../../../src/schema/table-def.ts';
import { StructColumn } from '../../../src/table/batch/struct-shape.ts';
import { shapesColumn, testTable } from '../../support/schema-tables.ts';
import { cellsBack, columnsFor, refusalOf } from './support/batch-scene.ts';

const shapes = testTable('Shapes');
const codec = createMessageCodec(shapes, ShapesSchema);

/** The cell of a Struct. */
function structOf(extra: JsonObject): Cell {
  return codec.cellsOfMessage({ extra })[shapesColumn('extra').index]!;
}

const columnsOf = (structs: readonly JsonObject[]) =>
  columnsFor(shapes, 'extra', structs.map(structOf));

function expectBack(structs: readonly JsonObject[]): void {
  const cells = structs.map(structOf);
  expect(cellsBack(shapes, 'extra', cells)).toEqual(cells);
}

describe('Structs', () => {
  test('of the same keys have a column for each', () => {
    const structs = Array.from({ length: 40 }, (_, row) => ({
      ...{ width: row / 4, colour: `c${row % 3}`, done: row % 2 === 0, gone: null },
    }));
    expect(columnsOf(structs)).toEqual([
      '43 {2 integers, 3 list texts, 4 {2 floats}, 5 {3 texts}, 6 {4 integers}, 7 {1 integers}}',
    ]);
    expectBack(structs);
  });

  test('within Structs and lists have too', () => {
    const structs = [1, 2, 3].map((row) => ({ at: { x: row }, list: [row, 'a'] }));
    expect(columnsOf(structs)).toEqual([
      '43 {2 integers, 3 list texts, 4 {5 {2 integers, 3 list texts, 4 {2 floats}}}, ' +
        '5 {6 {1 list {2 floats, 3 texts}}}}',
    ]);
    expectBack(structs);
  });

  test('of other keys, or in another order, have other shapes', () => {
    const structs = [{ a: 1, b: 2 }, { b: 1, a: 2 }, { a: 1 }, { a: 5, b: 6 }, { b: 0 }];
    expect(columnsOf(structs)).toEqual([
      '43 {2 integers, 3 list texts, 4 {2 floats}, 5 {2 floats}}',
    ]);
    expectBack(structs);
  });

  test('of keys that few of them have are lists of keys and values', () => {
    const structs = Array.from({ length: 20 }, (_, row) => ({ [`key${row}`]: row }));
    expect(columnsOf(structs)).toEqual(['43 {1 list {1 texts, 2 {2 floats}}}']);
    expectBack(structs);
  });

  test('of which some have rare keys are one and the other', () => {
    const structs = Array.from({ length: 20 }, (_, row) =>
      row === 7 ? { a: 1, rare: 'x' } : { a: row },
    );
    expect(columnsOf(structs)).toEqual([
      '43 {1 list {1 texts, 2 {2 floats, 3 texts}}, 2 integers, 3 list texts, 4 {2 floats}}',
    ]);
    expectBack([{}, ...structs, {}]);
  });

  test('alone are lists of keys and values', () => {
    expect(columnsOf([{ a: 1 }])).toEqual(['43 {1 list {1 texts, 2 {2 floats}}}']);
    expect(columnsOf([{}])).toEqual(['43 {}']);
  });

  test('[P16] come back to the byte, whatever is in them', () => {
    const keys = fc.constantFrom('a', 'b', '', 'long'.repeat(50), 'naïve');
    const value = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, -0, 1.5, '', 'text'),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(keys, tie('json'), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).json;
    const structs = fc.array(fc.dictionary(keys, value, { noNullPrototype: true }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(structs, (list) => expectBack(list as JsonObject[])),
      { numRuns: 200 },
    );
  });

  test.each([
    ['a key twice', 'da02 0e 0a050a01611200 0a050a01611200'],
    ['a value before its key', 'da02 07 0a0512000a0161'],
    ['no value', 'da02 05 0a030a0161'],
    ['no key', 'da02 04 0a021200'],
    ['a field that Google does not know', 'da02 09 0a050a01611200 1001'],
    ['a needless byte', 'da02 08 0a85000a01611200'],
    ['more behind a value', 'da02 0a 0a080a016112001a0162'],
  ])('[P16] with %s come back to the byte', (_what, text) => {
    const cell = Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
    const cells = [cell, structOf({ a: 1 }), structOf({ a: 2 }), cell];
    expect(cellsBack(shapes, 'extra', cells)).toEqual(cells);
  });
});

test('other well-known JSON goes by its fields', () => {
  const anything = fromJson(ValueSchema, { a: [1, { b: 'x' }] });
  const cell = codec.cellsOfMessage({ anything })[shapesColumn('anything').index]!;
  expect(cellsBack(shapes, 'anything', [cell, cell])).toEqual([cell, cell]);
});

describe('Structs are refused', () => {
  const texts = (...values: string[]): ColumnValues => ({ kind: 'texts', values });
  const shape = (...values: number[]): ColumnValues => ({
    kind: 'integers',
    values: Float64Array.from(values),
  });
  const keys = (lengths: number[], ...values: string[]): ColumnValues => ({
    ...{ kind: 'list', lengths: Float64Array.from(lengths), items: texts(...values) },
  });
  const value = (count: number): ColumnValues => ({ kind: 'group', count, columns: [] });

  const entries: ColumnValues = { kind: 'list', lengths: Float64Array.of(1), items: value(1) };

  /** Columns of two Structs, by their numbers: values, or values and the Structs that have them. */
  function refusal(columns: Record<number, ColumnValues | [ColumnValues, number[]]>): string {
    const group = Object.entries(columns).map(([number, given]) => {
      const [values, present] = Array.isArray(given) ? given : [given, undefined];
      return { number: Number(number), present: present && Uint8Array.from(present), values };
    });
    const values: ColumnValues = { kind: 'group', count: 2, columns: group };
    return refusalOf(shapes, [{ number: 43, present: undefined, values }], 2);
  }

  const sound = {
    [StructColumn.shape]: shape(0, 0),
    [StructColumn.keys]: [keys([1], 'a'), [1, 0]] as [ColumnValues, number[]],
    [StructColumn.firstKey]: value(2),
  };

  test.each<[string, Parameters<typeof refusal>[0]]>([
    ['none', sound],
    ['a Struct has no shape', { 4: value(2) }],
    ['a Struct has no shape', { 2: shape(0, 0), 4: value(2) }],
    ['the shapes of Structs are not in order', { ...sound, 2: shape(0, 1) }],
    ['the shapes of Structs are not in order', { ...sound, 2: shape(1, 0) }],
    ['the shapes of Structs are not in order', { ...sound, 2: [shape(0), [0, 1]] }],
    ['is out of the range of uint32', { ...sound, 2: shape(0, -1) }],
    ['texts are no lists of keys', { ...sound, 3: [texts('a'), [1, 0]] }],
    [
      'integers are no values of key',
      {
        ...sound,
        3: [{ kind: 'list', lengths: Float64Array.of(1), items: shape(1) }, [1, 0]],
      },
    ],
    ['a Struct has a key twice', { ...sound, 3: [keys([2], 'a', 'a'), [1, 0]] }],
    ['a key has no column', { 2: sound[2]!, 3: sound[3]! }],
    ['a key has no column', { ...sound, 5: value(2) }],
    ['a key has no column', { ...sound, 3: [keys([2], 'a', 'b'), [1, 0]] }],
    ['a Struct has not the values of its shape', { ...sound, 4: [value(1), [1, 0]] }],
    [
      'a Struct has not the values of its shape',
      {
        2: shape(0, 1),
        3: keys([1, 1], 'a', 'b'),
        4: [value(1), [0, 1]],
        5: [value(1), [1, 0]],
      },
    ],
    ['a row has two values', { ...sound, 1: [entries, [1, 0]] }],
  ])('%s', (problem, columns) => {
    expect(refusal(columns)).toContain(problem);
  });
});
