import { describe, expect, test } from 'vitest';
import { createSchema } from '../../src/schema/schema.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, tableOf, testTable } from '../support/schema-tables.ts';

describe('columns', () => {
  test('stand in the order of their numbers, whatever the order in the file', () => {
    const { columns } = testTable('Site');
    expect(columns.map(({ index, number, name }) => [index, number, name])).toEqual([
      [0, 1, 'name'],
      [1, 3, 'code'],
    ]);
    const numbers = testTable('Shapes').columns.map((column) => column.number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test.each([
    ['id', 'string', 'text', 'string', false],
    ['bool_value', 'bool', 'varint', 'bool', false],
    ['sint32_value', 'int32', 'zigzag', 'sint32', false],
    ['fixed32_value', 'uint32', 'fixed32', 'fixed32', false],
    ['sfixed64_maybe', 'int64', 'fixed64', 'sfixed64', true],
    ['uint64_maybe', 'uint64', 'varint', 'uint64', true],
    ['float_value', 'float', 'fixed32', 'float', false],
    ['double_maybe', 'double', 'fixed64', 'double', true],
    ['bytes_value', 'bytes', 'bytes', 'bytes', false],
    ['color_maybe', 'enum', 'varint', 'test.v1.Color', true],
    ['at', 'time', 'time', 'google.protobuf.Timestamp', true],
    ['lasts', 'time', 'time', 'google.protobuf.Duration', true],
    ['place', 'wire', 'records', 'test.v1.Place', true],
    ['extra', 'wire', 'records', 'google.protobuf.Struct', true],
    ['choice_number', 'int32', 'varint', 'int32', true],
    ['choice_place', 'wire', 'records', 'test.v1.Place', true],
    ['string_list', 'wire', 'records', 'repeated string', false],
    ['color_list', 'wire', 'records', 'repeated test.v1.Color', false],
    ['place_map', 'wire', 'records', 'map<int64, test.v1.Place>', false],
    ['double_map', 'wire', 'records', 'map<bool, double>', false],
  ])('%s is of kind %s', (name, kind, wire, typeName, presence) => {
    expect(shapesColumn(name)).toMatchObject({ kind, wire, typeName, presence });
    expect(shapesColumn(name).nested === undefined).toBe(kind !== 'wire');
  });

  test('know the other members of their oneof', () => {
    const indexes = ['choice_number', 'choice_place', 'choice_time'].map(
      (name) => shapesColumn(name).index,
    );
    expect(shapesColumn('choice_text').oneofSiblings).toEqual(indexes);
    expect(shapesColumn('string_maybe').oneofSiblings).toEqual([]);
  });

  test('know the values of their enum', () => {
    expect(Object.fromEntries(shapesColumn('color').enumNumbers!)).toEqual({
      COLOR_UNSPECIFIED: 0,
      COLOR_RED: 1,
      COLOR_GREEN: 2,
      COLOR_ULTRAVIOLET: 1_000_000,
      COLOR_INFRARED: -1,
    });
    expect(shapesColumn('id').enumNumbers).toBeUndefined();
  });

  test('take their merge rule from the field, then the table, then the home', () => {
    expect(shapesColumn('int32_value').merge).toBe('client-wins');
    expect(shapesColumn('id').merge).toBe('last-write-wins');
    expect(testTable('Record').columns[0]?.merge).toBe('server-wins');
  });

  test('know the table whose key they hold, by its full name', () => {
    const { columnByName } = testTable('Site.Visit');
    expect(columnByName.get('site')?.references).toBe('test.v1.Site');
    expect(columnByName.get('previous')?.references).toBe('test.v1.Site.Visit');
    expect(columnByName.get('id')?.references).toBeUndefined();
  });

  test('have presence as their edition says, but the key has none', () => {
    const { columns } = testTable('EditionRow');
    expect(columns.map(({ name, presence }) => [name, presence])).toEqual([
      ['id', false],
      ['maybe', true],
      ['plain', false],
      ['numbers', false],
    ]);
  });
});

test('a merge rule of a later version is refused', () => {
  const merge = 99 as 1;
  const set = schemaSet({
    T: {
      table: { merge },
      fields: { 1: 'id: string', 2: { name: 'a', type: 'string', options: { merge } } },
    },
  });
  expect(refusalOf(() => createSchema(set))).toEqual({
    reason: 'UNKNOWN_MERGE_RULE',
    fields: ['t.proto: T', 't.proto: T.a'],
  });
});

test.each([
  ['a required field', { 2: { name: 'a', type: 'string', label: 'required' } }],
  ['a group', { 2: { name: 'a', type: 'group t.G' } }],
  ['a list of groups', { 2: { name: 'a', type: 'group t.G', label: 'repeated' } }],
] as const)('%s is refused', (_, fields) => {
  const messages = { T: { table: {}, fields: { 1: 'id: string', ...fields } }, G: { fields: {} } };
  const refusal = refusalOf(() => createSchema(schemaSet(messages, { syntax: 'proto2' })));
  expect(refusal).toEqual({ reason: 'UNSUPPORTED_FIELD', fields: ['t.proto: T.a'] });
});

test('references to a table in another package need its full name', () => {
  const options = { references: 't.T' };
  const def = tableOf({ 1: 'id: string', 2: { name: 'a', type: 'string', options } });
  expect(def.columns[1]?.references).toBe('t.T');
});

describe('the codec of a column', () => {
  const withCodec = (codec: string) =>
    tableOf({ 1: 'id: string', 2: { name: 'line', type: 'bytes', options: { codec } } });

  test('is what its option names', () => {
    expect(withCodec('acme.polyline').columns.map(({ codec }) => codec)).toEqual([
      undefined,
      'acme.polyline',
    ]);
  });

  test('has a name that a codec may have', () => {
    expect(refusalOf(() => withCodec('a b'))).toEqual({
      reason: 'BAD_CODEC_NAME',
      fields: ['t.proto: T.line'],
    });
  });
});
