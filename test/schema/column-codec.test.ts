import { expect, test } from 'vitest';
import { columnCodecs, Form } from '../../src/schema/column-codec.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

const { codecs, oneofCount } = columnCodecs(testTable('Shapes').columns);

function codecOf(name: string) {
  return codecs[shapesColumn(name).index]!;
}

test('each type has its form', () => {
  const names = Object.entries(Form).map(([name, form]) => [form, name]);
  const formNames = new Map(names as [Form, string][]);
  const forms = testTable('Shapes').columns.map(
    ({ name }) => [name, formNames.get(codecOf(name).form)] as const,
  );
  expect(Object.fromEntries(forms)).toMatchObject({
    id: 'text',
    bool_value: 'bool',
    int32_value: 'int32',
    sint32_value: 'sint32',
    sfixed32_value: 'sfixed32',
    uint32_value: 'uint32',
    fixed32_value: 'fixed32',
    int64_value: 'int64',
    sint64_value: 'sint64',
    sfixed64_value: 'sfixed64',
    uint64_value: 'uint64',
    fixed64_value: 'fixed64',
    float_value: 'float',
    double_value: 'double',
    bytes_value: 'bytes',
    color: 'int32',
    at: 'timestamp',
    lasts: 'duration',
    place: 'records',
    int32_list: 'records',
  });
});

test('a tag is field number and wire type, up to 32 bits', () => {
  expect(codecOf('id').tag).toBe(0x0a);
  expect(codecOf('double_value').tag).toBe(0x79);
  expect(codecOf('farthest_value').tag).toBe(0xfffffff8);
});

test('lists of numbers may come packed, and no others', () => {
  const names = codecs.filter((codec) => codec.packable).map((codec) => codec.name);
  expect(names).toEqual([
    'int32_list',
    'sint64_list',
    'double_list',
    'float_list',
    'bool_list',
    'color_list',
    'unpacked_list',
  ]);
});

test('members of one oneof share its number', () => {
  const inOneof = codecs.filter((codec) => codec.oneof === 0).map((codec) => codec.name);
  expect(inOneof).toEqual(['choice_text', 'choice_number', 'choice_place', 'choice_time']);
  expect(oneofCount).toBe(1);
  expect(codecOf('id').oneof).toBe(-1);
});
