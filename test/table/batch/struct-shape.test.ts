import { expect, test } from 'vitest';
import type { NestedField, NestedMessage } from '../../../src/schema/table-def.ts';
import { isStruct, structValue } from '../../../src/table/batch/struct-shape.ts';
import { shapesColumn } from '../../support/schema-tables.ts';

function messageOf(name: string): NestedMessage {
  const element = shapesColumn(name).nested?.element;
  if (element?.type !== 'message') throw new Error(`${name} is no message`);
  return element;
}

test('a Struct is known by its name and by what it has', () => {
  const struct = messageOf('extra');
  expect(isStruct(struct)).toBe(true);
  expect(structValue(struct)).toBe(messageOf('anything'));
  for (const name of ['place', 'anything', 'wrapped', 'string_map']) {
    expect(isStruct(messageOf(name))).toBe(false);
  }
});

test('what only has the name of a Struct is none', () => {
  const { name, oneofs, fields } = messageOf('extra');
  const entries = fields.get(1)!;
  const like = (...list: [number, NestedField][]) =>
    isStruct({ type: 'message', name, oneofs, fields: new Map(list) });
  expect(like([1, entries])).toBe(true);
  expect(like()).toBe(false);
  expect(like([1, entries], [2, entries])).toBe(false);
  expect(like([1, { ...entries, map: false }])).toBe(false);
  expect(like([1, shapesColumn('int32_list').nested!])).toBe(false);
  expect(like([1, shapesColumn('place_map').nested!])).toBe(false);
  expect(like([1, shapesColumn('string_map').nested!])).toBe(false);
});
