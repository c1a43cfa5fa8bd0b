import { create, createRegistry, fromBinary, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { TransactionSchema } from '../../../gen/es/syncdb/v1/data_pb.ts';
import {
  file_test_v1_inspection,
  InspectionSchema,
} from '../../../gen/es/test/v1/inspection_pb.ts';
import { Operation } from '../../../gen/ts/syncdb/v1/data.ts';
import { EditReader } from '../../../src/cli/rows/edit-input.ts';

const reader = new EditReader({
  registry: createRegistry(file_test_v1_inspection),
  tableDefault: 'Inspection',
  table: (name) => {
    if (name !== 'Inspection') throw new Error(`no table ${name}`);
    return { desc: InspectionSchema, keyField: 'id' };
  },
});

function editsOf(json: JsonValue) {
  const item = reader.ofJson(json);
  if (item.kind !== 'edits') throw new Error('is a transaction');
  return item.changes.map(({ content, ...change }) => ({
    ...change,
    row: content?.$case === 'rowBytes' ? fromBinary(InspectionSchema, content.value) : undefined,
  }));
}

test('a put is the whole row', () => {
  expect(editsOf({ put: { id: 'a', notes: 'dry' }, ifNoneMatch: true })).toMatchObject([
    {
      operation: Operation.PUT,
      table: 'test.v1.Inspection',
      row: { id: 'a', notes: 'dry' },
      ifNoneMatch: true,
    },
  ]);
});

test('a patch is of the fields that it names, and null clears one', () => {
  expect(editsOf({ patch: { id: 'a', temperature: null, station_id: 's' } })).toMatchObject([
    { operation: Operation.PATCH, fields: [2, 6], row: { id: 'a', stationId: 's' } },
  ]);
});

test('a delete is a key, and may have a condition', () => {
  expect(editsOf({ delete: 'a', ifMatch: 'x' })).toMatchObject([
    { operation: Operation.DELETE, key: 'a', ifMatch: 'x' },
  ]);
  expect(editsOf({ delete: 5 })).toMatchObject([{ key: '5' }]);
});

test('several edits can be one transaction', () => {
  expect(
    editsOf({ edits: [{ put: { id: 'a' } }, { table: 'Inspection', delete: 'b' }] }),
  ).toHaveLength(2);
});

test('a transaction of a replica is what it is, as JSON and as bytes', () => {
  const row = create(InspectionSchema, { id: 'a', notes: 'dry' });
  const written = create(TransactionSchema, {
    replicaId: 'phone',
    counter: 3n,
    changes: [
      { operation: 1, content: { case: 'rowBytes', value: toBinary(InspectionSchema, row) } },
    ],
  });
  const ofBytes = reader.ofBytes(toBinary(TransactionSchema, written));
  expect(ofBytes).toMatchObject({
    kind: 'transaction',
    transaction: { replicaId: 'phone', counter: 3n },
  });
  const any = { '@type': 'type.googleapis.com/test.v1.Inspection', id: 'a', notes: 'dry' };
  const ofJson = reader.ofJson({
    replicaId: 'phone',
    counter: '3',
    changes: [{ operation: 'OPERATION_PUT', row: any }],
  });
  if (ofJson.kind !== 'transaction') throw new Error('is edits');
  expect(ofJson.transaction.changes[0]?.content).toMatchObject({
    $case: 'row',
    value: { value: toBinary(InspectionSchema, row) },
  });
});

describe('what is neither is said:', () => {
  test.each<[JsonValue, string]>([
    [[], 'a transaction: must be a JSON object'],
    [{}, 'replicaId: a transaction names its writer'],
    [{ counter: 'x' }, 'cannot decode'],
    [{ edits: {} }, 'edits: must be a list'],
    [{ edits: [], table: 'x' }, 'table: is not known here'],
    [{ edits: ['x'] }, 'an edit: must be a JSON object'],
    [{ put: { id: 'a' }, delete: 'a' }, 'an edit has one of put, patch and delete'],
    [{ put: { id: 'a' }, where: 'x' }, 'where: is not known here'],
    [{ put: { id: 'a', colour: 1 } }, 'colour'],
    [{ patch: { id: 'a' } }, 'patch: names no field but the key'],
    [{ delete: null }, 'delete: must be a key'],
    [{ delete: 'a', ifMatch: 1 }, 'ifMatch: must be an etag'],
    [{ put: { id: 'a' }, ifNoneMatch: 'x' }, 'ifNoneMatch: must be true or false'],
    [{ table: 'Visit', delete: 'a' }, 'no table Visit'],
  ])('%j', (json, message) => {
    expect(() => reader.ofJson(json)).toThrow(message);
  });

  test('a table that nobody names', () => {
    const strict = new EditReader({
      registry: createRegistry(),
      tableDefault: undefined,
      table: () => ({ desc: InspectionSchema, keyField: 'id' }),
    });
    expect(() => strict.ofJson({ delete: 'a' })).toThrow('table: is not said, nor by --table');
  });
});
