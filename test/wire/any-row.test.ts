import { expect, test } from 'vitest';
import { anyOfRow, tableOfAny } from '../../src/wire/any-row.ts';
import { refusalOf } from '../support/schema-errors.ts';

const noBytes = new Uint8Array(0);
const any = (typeUrl: string) => ({ typeUrl, value: noBytes });

test('a row is an Any of the type that every tool looks for', () => {
  expect(anyOfRow('a.v1.Site', Uint8Array.of(1))).toEqual({
    typeUrl: 'type.googleapis.com/a.v1.Site',
    value: Uint8Array.of(1),
  });
});

test.each([
  ['type.googleapis.com/a.v1.Site', 'a.v1.Site'],
  ['/a.v1.Site', 'a.v1.Site'],
  ['example.com/schemas/a.v1.Site', 'a.v1.Site'],
  ['type.googleapis.com/a.v1.Site', ''],
])('%s is a row of the table %j', (typeUrl, table) => {
  expect(tableOfAny(any(typeUrl), table, 'row')).toBe('a.v1.Site');
});

test.each([
  ['type.googleapis.com/a.v1.Other', 'a.v1.Site'],
  ['type.googleapis.com/b.a.v1.Site', 'a.v1.Site'],
  ['a.v1.Site', 'a.v1.Site'],
  ['', 'a.v1.Site'],
  ['', ''],
  ['a.v1.Site', ''],
  ['type.googleapis.com/', ''],
])('%j is refused as a row of the table %j', (typeUrl, table) => {
  expect(refusalOf(() => tableOfAny(any(typeUrl), table, 'changes[1].row'))).toEqual({
    reason: 'WRONG_ROW_TYPE',
    fields: ['changes[1].row'],
  });
});
