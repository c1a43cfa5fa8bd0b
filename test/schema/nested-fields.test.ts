import { expect, test } from 'vitest';
import { createSchema } from '../../src/schema/schema.ts';
import type { NestedField, NestedMessage } from '../../src/schema/table-def.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn } from '../support/schema-tables.ts';

function messageOf(field: NestedField | undefined): NestedMessage {
  if (field?.element.type !== 'message') throw new Error('not a message');
  return field.element;
}

test('a list is repeated and has the element of its type', () => {
  expect(shapesColumn('sint64_list').nested).toEqual({
    repeated: true,
    map: false,
    element: { type: 'scalar', kind: 'int64', wire: 'zigzag' },
  });
  expect(shapesColumn('color_list').nested?.element).toMatchObject({
    kind: 'enum',
    wire: 'varint',
  });
  expect(messageOf(shapesColumn('time_list').nested).name).toBe('google.protobuf.Timestamp');
});

test('a map is a list of messages with key and value', () => {
  const { nested } = shapesColumn('place_map');
  const entry = messageOf(nested);
  expect([nested?.repeated, nested?.map]).toEqual([true, true]);
  expect(entry.fields.get(1)).toEqual({
    repeated: false,
    map: false,
    element: { type: 'scalar', kind: 'int64', wire: 'varint' },
  });
  expect(messageOf(entry.fields.get(2)).name).toBe('test.v1.Place');
});

test('a message has its fields by number, and may be within itself', () => {
  const place = messageOf(shapesColumn('place').nested);
  expect(shapesColumn('place').nested?.repeated).toBe(false);
  expect([...place.fields.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(messageOf(place.fields.get(4))).toBe(place);
  expect(messageOf(place.fields.get(7))).toBe(place);
  expect(messageOf(shapesColumn('place_list').nested)).toBe(place);
});

test('a message knows the oneofs of its fields by their lowest numbers', () => {
  const inOneof = (name: string, oneof: string) => ({ name, type: 'int32', oneof });
  const messages = {
    T: { table: {}, fields: { 1: 'id: string', 2: 'a: t.Inner' } },
    Inner: {
      fields: {
        1: { name: 'optional', type: 'int32', optional: true },
        2: 'plain: int32',
        7: inOneof('late', 'first'),
        4: inOneof('early', 'first'),
        5: inOneof('another', 'second'),
        6: inOneof('and_another', 'second'),
        8: inOneof('alone', 'third'),
      },
    },
  };
  const { columns } = createSchema(schemaSet(messages)).tableByName.get('t.T')!;
  expect(messageOf(columns[1]!.nested).oneofs).toEqual(
    new Map([
      [4, 4],
      [7, 4],
      [5, 5],
      [6, 5],
    ]),
  );
});

test('what no row may have is refused at any depth, once, where it stands', () => {
  const messages = {
    T: { table: {}, fields: { 1: 'id: string', 2: 'a: t.Outer', 3: 'b: t.Outer' } },
    Outer: { fields: { 1: 'inner: t.Inner' } },
    Inner: {
      fields: {
        1: { name: 'must', type: 'string', label: 'required' },
        2: { name: 'group', type: 'group t.Inner' },
      },
    },
  } as const;
  expect(refusalOf(() => createSchema(schemaSet(messages, { syntax: 'proto2' })))).toEqual({
    reason: 'UNSUPPORTED_FIELD',
    fields: ['t.proto: Inner.must', 't.proto: Inner.group'],
  });
});
