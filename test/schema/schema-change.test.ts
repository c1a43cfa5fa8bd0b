import { describe, expect, test } from 'vitest';
import { fingerprintText } from '../../src/schema/fingerprint.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { schemaChanges } from '../../src/schema/schema-change.ts';
import { type MessageSpec, schemaSet } from '../support/schema-builder.ts';

const fields: MessageSpec['fields'] = {
  1: 'id: string',
  2: 'site: string',
  3: { name: 'one', type: 'int32', oneof: 'choice' },
  5: { name: 'two', type: 'int32', oneof: 'choice' },
  6: 'count: int32',
  7: 'other: t.Other',
  8: { name: 'tags', type: 'string', label: 'repeated' },
  9: { name: 'more', type: 't.Other', label: 'repeated' },
};
const table = { scopes: ['site/{site}'] };
const choice = (name: string, oneof = 'choice') => ({ name, type: 'int32', oneof });
const withoutText = {
  2: 'again: t.Other',
  4: choice('left'),
  5: choice('right'),
  6: 'free: int32',
};
const otherFields = { 1: 'text: string', ...withoutText };
const other: MessageSpec = { fields: otherFields };
const base: Record<string, MessageSpec> = { T: { table, fields }, Other: other };

function changes(after: Record<string, MessageSpec>, before = base) {
  const [was, is] = [before, after].map((spec) => createSchema(schemaSet(spec)).tables);
  return schemaChanges(fingerprintText(was!), is!);
}

/** The changes of T where it has other fields or options. */
const changesOfT = (others: MessageSpec['fields'], option: MessageSpec['table'] = table) =>
  changes({ ...base, T: { table: option!, fields: { ...fields, ...others } } });

function without(number: number): Record<string, MessageSpec> {
  const left = Object.entries(fields).filter(([each]) => each !== String(number));
  return { ...base, T: { table, fields: Object.fromEntries(left) } };
}

describe('nothing stands between rows and a schema that', () => {
  test('is the same, or has more columns, also in a oneof', () => {
    expect(changes(base)).toEqual([]);
    const more = { name: 'three', type: 'int32', oneof: 'choice' };
    expect(changesOfT({ 4: more, 10: 'new: bytes' })).toEqual([]);
  });

  test('has more tables', () => {
    const extra = { table: {}, fields: { 1: 'id: string' } };
    expect(changes({ A: extra, ...base, Z: extra })).toEqual([]);
  });

  test('has other names, merge rules and references', () => {
    expect(
      changesOfT({
        2: { name: 'site', type: 'string', options: { references: 'T' } },
        6: { name: 'number', type: 'int32', options: { merge: 3 } },
      }),
    ).toEqual([]);
  });

  test('has more fields in nested messages', () => {
    const more = { fields: { ...other.fields, 3: 'more: string' } };
    expect(changes({ ...base, Other: more })).toEqual([]);
  });

  test('has more fields in the oneofs of nested messages, also one of lower number', () => {
    const more = { 3: choice('middle'), 6: choice('free', 'new'), 7: choice('newer', 'new') };
    expect(changes({ ...base, Other: { fields: { ...otherFields, ...more } } })).toEqual([]);
  });

  test('numbers its nested messages otherwise', () => {
    const first = { 2: 'site: string', 4: 'new: t.New' };
    const spec = { ...base, T: { table, fields: { ...fields, ...first } } };
    expect(changes({ ...spec, New: { fields: { 1: 'n: int32' } } })).toEqual([]);
  });

  test('uses one nested message where there were two alike', () => {
    const two = { ...base, Twin: { fields: { ...otherFields, 2: 'again: t.Twin' } } };
    const before = { ...two, T: { table, fields: { ...fields, 7: 'other: t.Twin' } } };
    expect(changes(base, before)).toEqual([]);
  });
});

test.each<[string, string, () => ReturnType<typeof changes>, string]>([
  ['a column is gone', 't.T', () => changes(without(6)), 'field 6 is missing'],
  [
    'a type',
    't.T.count',
    () => changesOfT({ 6: 'count: string' }),
    'field 6 was int32 and is string',
  ],
  [
    'an encoding',
    't.T.count',
    () => changesOfT({ 6: 'count: sint32' }),
    'field 6 was encoded as varint and is as zigzag',
  ],
  [
    'a presence',
    't.T.count',
    () => changesOfT({ 6: { name: 'count', type: 'int32', optional: true } }),
    'field 6 can be absent now',
  ],
  [
    'a presence that is taken away',
    't.T.count',
    () => {
      const count = { name: 'count', type: 'int32', optional: true };
      return changes(base, { ...base, T: { table, fields: { ...fields, 6: count } } });
    },
    'field 6 can be absent no more',
  ],
  [
    'type and presence',
    't.T.count',
    () => changesOfT({ 6: { name: 'count', type: 'string', optional: true } }),
    'field 6 was int32 and is string, and can be absent now',
  ],
  [
    'elements',
    't.T.tags',
    () => changesOfT({ 8: { name: 'tags', type: 'bytes', label: 'repeated' } }),
    'field 8 has elements or nested messages of another shape',
  ],
  [
    'one instead of many',
    't.T.more',
    () => changesOfT({ 9: 'more: t.Other' }),
    'field 9 can be absent now',
  ],
  [
    'the key',
    't.T',
    () => changesOfT({ 2: { name: 'site', type: 'string', options: { key: true } } }),
    'the key was field 1 and is field 2',
  ],
  [
    'a scope template',
    't.T',
    () => changesOfT({}, { scopes: ['place/{site}'] }),
    'the scope templates were site/{2} and are place/{2}',
  ],
  [
    'all scope templates',
    't.T',
    () => changesOfT({}, {}),
    'the scope templates were site/{2} and are none',
  ],
  [
    'a table is gone',
    't.T',
    () => changes({ U: { table: {}, fields: { 1: 'id: string' } } }),
    'the table is missing',
  ],
])('rows stand against a change of %s', (_name, field, found, description) => {
  expect(found()).toEqual([{ field, description }]);
});

test('rows stand against a oneof with others of their columns', () => {
  const into = changesOfT({ 6: { name: 'count', type: 'int32', oneof: 'choice' } });
  expect(into.map(({ field, description }) => `${field}: ${description}`)).toEqual([
    't.T.one: field 3 has others in its oneof',
    't.T.two: field 5 has others in its oneof',
    't.T.count: field 6 can be absent now, and has others in its oneof',
  ]);
});

test.each<[string, MessageSpec['fields']]>([
  ['loses a field', withoutText],
  ['has another type', { ...otherFields, 1: 'text: bytes' }],
  [
    'has a list where one was',
    { ...otherFields, 2: { name: 'again', type: 't.Other', label: 'repeated' } },
  ],
  ['is numbered otherwise', { ...withoutText, 3: 'text: string' }],
  ['takes a field into a oneof', { ...otherFields, 6: choice('free') }],
  ['lets a field out of a oneof', { ...otherFields, 5: 'right: int32' }],
  ['takes a oneof apart', { ...otherFields, 5: choice('right', 'another') }],
])('rows stand against a nested message that %s', (_name, nested) => {
  expect(changes({ ...base, Other: { fields: nested } })).toEqual([
    {
      field: 't.T.other',
      description: 'field 7 has elements or nested messages of another shape',
    },
    {
      field: 't.T.more',
      description: 'field 9 has elements or nested messages of another shape',
    },
  ]);
});
