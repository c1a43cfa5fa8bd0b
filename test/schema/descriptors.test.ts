import { create, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { file_syncdb_v1_system } from '../../gen/es/syncdb/v1/system_pb.ts';
import { file_test_v1_shapes, PlaceSchema, RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import {
  filesOfInput,
  type SchemaInput,
  systemMessages,
  tableMessages,
} from '../../src/schema/descriptors.ts';
import { SchemaProblems } from '../../src/schema/problems.ts';
import { protoFile, schemaSet, setOf } from '../support/schema-builder.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { testImage } from '../support/schema-image.ts';

function namesOf(input: SchemaInput): string[] {
  const problems = new SchemaProblems();
  const names = tableMessages(input, problems).map((message) => message.typeName);
  problems.throwIfAny();
  return names.sort();
}

const table = { T: { table: {}, fields: { 1: 'id: string' } } };

test('every message of a set with the option is a table, also within other messages', () => {
  expect(namesOf(testImage())).toEqual([
    'test.v1.EditionRow',
    'test.v1.FreeRow',
    'test.v1.NestedRules',
    'test.v1.Record',
    'test.v1.Shapes',
    'test.v1.Site',
    'test.v1.Site.Visit',
    'test.v1.Validated',
  ]);
});

test('a set is taken as bytes and as a message', () => {
  const set = schemaSet(table);
  expect(namesOf(set)).toEqual(['t.T']);
  expect(namesOf(toBinary(FileDescriptorSetSchema, set))).toEqual(['t.T']);
});

test('generated files and messages may be mixed; the same message counts once', () => {
  expect(namesOf([RecordSchema])).toEqual(['test.v1.Record']);
  expect(namesOf([RecordSchema, file_test_v1_shapes, RecordSchema])).toEqual([
    'test.v1.Record',
    'test.v1.Shapes',
    'test.v1.Site',
    'test.v1.Site.Visit',
  ]);
});

test('a message without the option is refused where it is named', () => {
  expect(refusalOf(() => namesOf([PlaceSchema]))).toEqual({
    reason: 'NOT_A_TABLE',
    fields: ['test/v1/shapes.proto: Place'],
  });
});

test('two tables of one name are refused', () => {
  const set = setOf(protoFile(table), protoFile(table, { name: 'other.proto' }));
  expect(refusalOf(() => namesOf(set))).toEqual({
    reason: 'DUPLICATE_TABLE',
    fields: ['other.proto: T'],
  });
});

test('the tables of SyncDB are left out, and their package is reserved', () => {
  expect(namesOf([file_syncdb_v1_system])).toEqual([]);
  expect(systemMessages().map((message) => message.name)).toContain('Writer');
  const set = schemaSet(table, { package: 'syncdb.v9' });
  expect(refusalOf(() => namesOf(set)).reason).toBe('RESERVED_NAME');
});

test.each([
  ['bytes that are no set', Uint8Array.of(0x0a, 0x05, 1)],
  ['a set without its imports', create(FileDescriptorSetSchema, { file: [protoFile(table)] })],
])('%s are refused', (_, input) => {
  expect(refusalOf(() => namesOf(input)).reason).toBe('BAD_DESCRIPTOR_SET');
});

test('filesOfInput has the files of a set, and those of generated messages', () => {
  const names = filesOfInput(schemaSet(table)).map((file) => file.proto.name);
  expect(names).toContain('t.proto');
  expect(names).toContain('google/protobuf/descriptor.proto');
  expect(filesOfInput([RecordSchema])).toEqual([file_test_v1_shapes]);
  expect(filesOfInput([file_test_v1_shapes])).toEqual([file_test_v1_shapes]);
});
