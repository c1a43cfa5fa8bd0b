import { create, type DescField, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { isScalarList, listElements } from '../../src/schema/list-elements.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';
import { messages } from '../support/schema-values.ts';

const codec = compileRowCodec(testTable('Shapes'));
const lists = testTable('Shapes').columns.filter(isScalarList);

function cellOf(name: string, bytes: Uint8Array): Uint8Array | null {
  const { cells } = codec.decode(bytes, 0, bytes.length, defaultLimits);
  return cells[shapesColumn(name).index] as Uint8Array | null;
}

test('lists of scalars are those and no others', () => {
  expect(lists.map((column) => column.name)).toEqual([
    'int32_list',
    'sint64_list',
    'double_list',
    'float_list',
    'bool_list',
    'color_list',
    'string_list',
    'bytes_list',
    'unpacked_list',
  ]);
});

test('the elements are those of the message, in order', () => {
  fc.assert(
    fc.property(messages(ShapesSchema, 0), (message) => {
      const bytes = toBinary(ShapesSchema, message as never);
      for (const column of lists) {
        const field = ShapesSchema.fields.find(
          ({ number }) => number === column.number,
        ) as DescField;
        const values = (message as unknown as Record<string, unknown[]>)[field.localName];
        expect(listElements(column, cellOf(column.name, bytes))).toEqual(values);
      }
    }),
    { numRuns: 200 },
  );
});

test('packed and single numbers make one list', () => {
  const packed = toBinary(ShapesSchema, create(ShapesSchema, { int32List: [1, -2] }));
  const mixed = Uint8Array.from([...packed, 0xb0, 0x04, 3]);
  expect(listElements(shapesColumn('int32_list'), cellOf('int32_list', mixed))).toEqual([1, -2, 3]);
});

test('null has no elements, nor has what is no list of scalars', () => {
  expect(listElements(shapesColumn('int32_list'), null)).toEqual([]);
  expect(listElements(shapesColumn('place_list'), Uint8Array.of(1))).toEqual([]);
});

test.each([
  ['int32', [0x12, 1, 5], [5]],
  ['sint32', [0x10, 3], [-2]],
  ['sfixed32', [0x15, 0xff, 0xff, 0xff, 0xff], [-1]],
  ['uint32', [0x10, 0xff, 0xff, 0xff, 0xff, 0x0f], [0xffffffff]],
  ['fixed32', [0x15, 0xff, 0xff, 0xff, 0xff], [0xffffffff]],
  ['int64', [0x10, 5], [5n]],
  ['sfixed64', [0x11, ...Array(8).fill(0xff)], [-1n]],
  ['uint64', [0x10, ...Array(9).fill(0xff), 1], [2n ** 64n - 1n]],
])('a list of %s', (type, bytes, elements) => {
  const fields = { 1: 'id: string', 2: { name: 'list', type, label: 'repeated' } } as const;
  const def = createSchema(schemaSet({ T: { table: {}, fields } })).tableByName.get('t.T')!;
  expect(listElements(def.columns[1]!, Uint8Array.from(bytes))).toEqual(elements);
});
