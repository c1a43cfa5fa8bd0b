import { expect, test } from 'vitest';
import { keyIn, knownFieldsOf } from '../../src/replica/known-fields.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { itemTable } from '../support/model-schema.ts';
import { schemaSet } from '../support/schema-builder.ts';

const table = createSchema(
  schemaSet({ Item: { table: {}, fields: { 1: 'id: string', 5: 'title: int32' } } }),
).tableByName.get('t.Item')!;

/** `id` is "a", `title` is a string, and a field 30 that the table does not have. */
const id = [10, 1, 97];
const row = Uint8Array.from([...id, 42, 1, 120, 0xf2, 1, 1, 121]);

test('the fields that a table has are kept as they are, and the others are not', () => {
  expect([...knownFieldsOf(table, row)]).toEqual([...id, 42, 1, 120]);
  const known = row.subarray(0, 6);
  expect(knownFieldsOf(table, known)).toBe(known);
});

test('the key of a row is read whatever its other fields are', () => {
  expect(keyIn(table, row)).toBe('a');
  expect(keyIn(itemTable, row)).toBe('a');
});

test.each([
  ['there is none', []],
  ['it is of another type', [8, 1]],
  ['the row is no message', [...id, 42, 9, 1]],
])('no key is read where %s', (_, bytes) => {
  expect(keyIn(table, Uint8Array.from(bytes))).toBeUndefined();
});
