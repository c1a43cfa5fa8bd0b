import { expect, test } from 'vitest';
import { fingerprintText } from '../../src/schema/fingerprint.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { parseFacts } from '../../src/schema/schema-facts.ts';
import { schemaSet } from '../support/schema-builder.ts';

test('the facts of a fingerprint are read as they were written', () => {
  const { tables } = createSchema(
    schemaSet({
      A: {
        table: { scopes: ['all rows', 'site/{site}'] },
        fields: { 1: 'id: string', 2: 'site: string', 7: 'other: t.Other' },
      },
      B: { table: {}, fields: { 1: 'id: int32' } },
      Other: {
        fields: {
          3: { name: 'list', type: 'sint32', label: 'repeated' },
          5: { name: 'one', type: 'string', oneof: 'choice' },
          6: { name: 'two', type: 't.Other', oneof: 'choice' },
        },
      },
    }),
  );
  const text = { kind: 'string', wire: 'text', presence: 'always', oneof: '-', shape: '-' };
  expect(parseFacts(fingerprintText(tables))).toEqual([
    {
      name: 't.A',
      scopes: ['all rows', 'site/{2}'],
      key: '1',
      columns: new Map([
        ['1', text],
        ['2', text],
        [
          '7',
          {
            kind: 'wire',
            wire: 'records',
            presence: 'maybe',
            oneof: '-',
            shape: 'one message 0',
          },
        ],
      ]),
      messages: new Map([
        [
          '0',
          new Map([
            ['3', { oneof: '-', shape: 'list int32 zigzag' }],
            ['5', { oneof: '5', shape: 'one string text' }],
            ['6', { oneof: '5', shape: 'one message 0' }],
          ]),
        ],
      ]),
    },
    {
      name: 't.B',
      scopes: [],
      key: '1',
      columns: new Map([['1', { ...text, kind: 'int32', wire: 'varint' }]]),
      messages: new Map(),
    },
  ]);
});

test('of no tables there are none', () => {
  expect(parseFacts('')).toEqual([]);
});
