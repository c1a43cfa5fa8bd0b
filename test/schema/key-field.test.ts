import { expect, test } from 'vitest';
import { createSchema } from '../../src/schema/schema.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { type FieldSpec, type MessageSpec, schemaSet } from '../support/schema-builder.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { keyedBy, tableOf, testTable } from '../support/schema-tables.ts';

const key = { key: true };

function keyName(def: TableDef): string {
  return def.columns[def.key]!.name;
}

function refusedWith(fields: MessageSpec['fields'], syntax: 'proto2' | 'proto3' = 'proto3') {
  const messages = { T: { table: {}, fields }, U: { table: {}, fields: { 1: 'id: int64' } } };
  return refusalOf(() => createSchema(schemaSet(messages, { syntax })));
}

test('the key is the field named id, unless an option says otherwise', () => {
  expect(keyName(testTable('Record'))).toBe('id');
  expect(keyName(testTable('Site'))).toBe('code');
  expect(keyName(tableOf({ 1: 'id: string', 2: { name: 'k', type: 'int32', options: key } }))).toBe(
    'k',
  );
});

test.each([
  'string',
  'bytes',
  'bool',
  'enum t.E',
  'int32',
  'sint32',
  'sfixed32',
  'uint32',
  'fixed32',
  'int64',
  'sint64',
  'sfixed64',
  'uint64',
  'fixed64',
])('a key may be of type %s', (type) => {
  expect(keyName(keyedBy(type))).toBe('id');
});

test('a table without a key is refused', () => {
  expect(refusedWith({ 1: 'name: string' })).toEqual({ reason: 'NO_KEY', fields: ['t.proto: T'] });
});

test.each<[string, FieldSpec]>([
  ['a float', { type: 'float' }],
  ['a double', { type: 'double' }],
  ['a message', { type: 'google.protobuf.Timestamp' }],
  ['a list', { type: 'string', label: 'repeated' }],
  ['optional', { type: 'string', optional: true }],
  ['a member of a oneof', { type: 'string', oneof: 'o' }],
])('a key is never %s', (_, spec) => {
  const refused = { reason: 'BAD_KEY_TYPE', fields: ['t.proto: T.id'] };
  expect(refusedWith({ 1: { name: 'id', ...spec } })).toEqual(refused);
});

test('in proto2, where every field has presence, that of the key is not observed', () => {
  const set = schemaSet({ T: { table: {}, fields: { 1: 'id: string' } } }, { syntax: 'proto2' });
  expect(createSchema(set).tables[0]?.columns[0]?.presence).toBe(false);
  const required: FieldSpec = { type: 'string', label: 'required' };
  expect(refusedWith({ 1: { name: 'id', ...required } }, 'proto2').reason).toBe('BAD_KEY_TYPE');
});

test('a table has one key', () => {
  const two = {
    1: { name: 'a', type: 'string', options: key },
    2: { name: 'b', type: 'string', options: key },
  };
  expect(refusedWith(two)).toEqual({ reason: 'SEVERAL_KEYS', fields: ['t.proto: T.b'] });
});

test.each([
  ['an unknown table', 'string', 'Nothing', 'UNKNOWN_REFERENCE'],
  ['a table with another type of key', 'string', 'U', 'REFERENCE_TYPE'],
  ['such a table by full name', 'int32', 't.U', 'REFERENCE_TYPE'],
])('a reference to %s is refused', (_, type, references, reason) => {
  const fields = { 1: 'id: string', 2: { name: 'a', type, options: { references } } };
  expect(refusedWith(fields)).toEqual({ reason, fields: ['t.proto: T.a'] });
});

test('lists and enums hold no keys of other types', () => {
  const list: FieldSpec = { type: 'int64', label: 'repeated', options: { references: 'U' } };
  expect(refusedWith({ 1: 'id: string', 2: { name: 'a', ...list } }).reason).toBe('REFERENCE_TYPE');
  const choice: FieldSpec = { type: 'enum t.E', options: { references: 'U' } };
  expect(refusedWith({ 1: 'id: string', 2: { name: 'a', ...choice } }).reason).toBe(
    'REFERENCE_TYPE',
  );
});

test('integers of one size may be written differently on the wire', () => {
  const options = { references: 'U' };
  const messages = {
    T: { table: {}, fields: { 1: 'id: string', 2: { name: 'a', type: 'sfixed64', options } } },
    U: { table: {}, fields: { 1: 'id: int64' } },
  };
  expect(createSchema(schemaSet(messages)).tableByName.get('t.T')?.columns[1]?.references).toBe(
    't.U',
  );
});
