import { describe, expect, test } from 'vitest';
import { fingerprintOf, fingerprintText } from '../../src/schema/fingerprint.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { type MessageSpec, protoFile, schemaSet, setOf } from '../support/schema-builder.ts';
import { testSchema } from '../support/schema-tables.ts';

const base: Record<string, MessageSpec> = {
  T: {
    table: { scopes: ['site/{site}', 'b'] },
    fields: {
      1: 'id: string',
      2: 'site: string',
      3: { name: 'one', type: 'int32', oneof: 'choice' },
      5: { name: 'two', type: 'enum t.E', oneof: 'choice' },
      6: { name: 'parent', type: 'string', optional: true, options: { references: 'T' } },
      7: { name: 'list', type: 'sint32', label: 'repeated' },
      8: 'other: t.Other',
    },
  },
  Other: {
    fields: {
      1: 'text: string',
      2: 'again: t.Other',
      3: 'when: google.protobuf.Timestamp',
      5: { name: 'late', type: 'int32', oneof: 'choice' },
      4: { name: 'early', type: 'int32', oneof: 'choice' },
    },
  },
};

function fingerprint(messages: Record<string, MessageSpec>): string {
  return createSchema(schemaSet(messages)).fingerprint;
}

/** The base with other fields or options in T. */
function changed(
  fields: MessageSpec['fields'],
  table: MessageSpec['table'] = base.T!.table,
): string {
  return fingerprint({ ...base, T: { table: table!, fields: { ...base.T!.fields, ...fields } } });
}

test('the text is what the rule says', () => {
  expect(fingerprintText(createSchema(schemaSet(base)).tables)).toBe(
    [
      'table t.T',
      'scope b',
      'scope site/{2}',
      'key 1',
      'column 1 string text always server-wins - - -',
      'column 2 string text always server-wins - - -',
      'column 3 int32 varint maybe server-wins 3 - -',
      'column 5 enum varint maybe server-wins 3 - -',
      'column 6 string text maybe server-wins - t.T -',
      'column 7 wire records always server-wins - - list int32 zigzag',
      'column 8 wire records maybe server-wins - - one message 0',
      'message 0',
      'field 1 - one string text',
      'field 2 - one message 0',
      'field 3 - one message 1',
      'field 4 4 one int32 varint',
      'field 5 4 one int32 varint',
      'message 1',
      'field 1 - one int64 varint',
      'field 2 - one int32 varint',
      '',
    ].join('\n'),
  );
});

test('it is 16 digits, the same for ever', () => {
  expect(fingerprint(base)).toBe('1643517c6c43dacc');
  expect(fingerprintOf([])).toMatch(/^[0-9a-f]{16}$/);
});

describe('stays the same', () => {
  test('when a field is renamed, also one that a scope names', () => {
    const table = { scopes: ['site/{place}', 'b'] };
    expect(
      changed(
        { 2: 'place: string', 7: { name: 'many', type: 'sint32', label: 'repeated' } },
        table,
      ),
    ).toBe(fingerprint(base));
  });

  test('when templates, files or messages change places, and a nested message its name', () => {
    const text = JSON.stringify(base)
      .replaceAll('t.Other', 't.Renamed')
      .replace('"Other"', '"Renamed"');
    const { T, Renamed } = JSON.parse(text) as Record<string, MessageSpec>;
    const table = { scopes: ['b', 'site/{site}'] };
    const file = protoFile({ Renamed: Renamed!, T: { ...T!, table } }, { name: 'elsewhere.proto' });
    expect(createSchema(setOf(file)).fingerprint).toBe(fingerprint(base));
  });

  test('when a message that no table has is added', () => {
    expect(fingerprint({ ...base, Free: { fields: { 1: 'a: string' } } })).toBe(fingerprint(base));
  });

  test('when a field of a nested message becomes optional, or the only one of a oneof', () => {
    for (const alone of [{ optional: true }, { oneof: 'o' }]) {
      const text = { name: 'text', type: 'string', ...alone };
      const Other = { fields: { ...base.Other!.fields, 1: text } };
      expect(fingerprint({ ...base, Other })).toBe(fingerprint(base));
    }
  });

  test('with a codec of a column: it changes only how that travels', () => {
    const coded = { 2: { name: 'site', type: 'string', options: { codec: 'acme.site' } } };
    expect(changed(coded)).toBe(fingerprint(base));
  });

  test('with or without the system tables', () => {
    const { tables } = createSchema(schemaSet(base));
    expect(fingerprintOf(tables.filter((table) => !table.system))).toBe(fingerprint(base));
  });
});

describe('changes', () => {
  test.each<[string, MessageSpec['fields'], MessageSpec['table']?]>([
    ['with a new field', { 9: 'new: string' }],
    ['with a field’s type', { 2: 'site: uint32' }],
    ['with its form on the wire', { 7: { name: 'list', type: 'int32', label: 'repeated' } }],
    ['with its presence', { 6: { name: 'parent', type: 'string', options: { references: 'T' } } }],
    ['with its oneof', { 5: { name: 'two', type: 'enum t.E', oneof: 'another' } }],
    ['with its reference', { 6: { name: 'parent', type: 'string', optional: true } }],
    ['with its merge rule', { 2: { name: 'site', type: 'string', options: { merge: 2 } } }],
    ['with the table’s merge rule', {}, { ...base.T!.table!, merge: 3 }],
    ['with the scopes', {}, { scopes: ['site/{site}'] }],
    ['with the key', { 2: { name: 'site', type: 'string', options: { key: true } } }],
    ['with the nested message', { 8: 'other: google.protobuf.Struct' }],
  ])('%s', (_, fields, table) => {
    expect(changed(fields, table)).not.toBe(fingerprint(base));
  });

  test('with the name of a table', () => {
    const renamed = schemaSet({
      ...base,
      T: { ...base.T!, fields: { ...base.T!.fields, 6: 'parent: string' } },
    });
    const other = schemaSet({
      Other: base.Other!,
      U: { ...base.T!, fields: { ...base.T!.fields, 6: 'parent: string' } },
    });
    expect(createSchema(renamed).fingerprint).not.toBe(createSchema(other).fingerprint);
  });

  test('with the oneof of a nested message', () => {
    const early = { ...base.Other!.fields, 4: 'early: int32' };
    expect(fingerprint({ ...base, Other: { fields: early } })).not.toBe(fingerprint(base));
  });

  test('with a field of a nested message', () => {
    const Other = { fields: { ...base.Other!.fields, 6: 'more: string' } };
    expect(fingerprint({ ...base, Other })).not.toBe(fingerprint(base));
  });
});

test('the schema of the tests has a fingerprint of its own', () => {
  expect(testSchema.fingerprint).not.toBe(fingerprint(base));
});
